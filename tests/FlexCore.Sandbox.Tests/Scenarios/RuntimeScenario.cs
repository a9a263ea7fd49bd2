using System.Text.Json;

namespace FlexCore.Sandbox.Tests.Scenarios;

/// <summary>What a runtime of its own does in a test.</summary>
internal static class RuntimeScenario
{
    public const string Variable = "FLEXCORE_SANDBOX_SCENARIO";

    /// <summary>Runs one program in a sandbox and reports all about it as one JSON document.</summary>
    public const string Run = "run";

    /// <summary>Starts a sandbox full of processes, names its first one and waits to be killed.</summary>
    public const string Hang = "hang";

    public static async Task<int> PlayAsync(string scenario, string[] arguments)
    {
        var request = JsonSerializer.Deserialize<RuntimeRequest>(arguments[0])!;
        await using var host = new SandboxHost(request.Options, TimeProvider.System);
        var spec = Plugin.Python(request.Code) with { Mounts = request.Mounts, Limits = request.Limits };
        if (scenario == Hang)
        {
            await using var process = await host.StartAsync(spec);
            var line = await new StreamReader(process.Output).ReadLineAsync();
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { InitPid = await process.InitPid, Output = line ?? string.Empty, HostUid = process.HostUid }));
            await process.Completion;
            return 1;
        }

        var report = await host.ProbeAsync();
        if (!report.Available)
        {
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { Report = report }));
            return 0;
        }

        var result = await host.RunAsync(spec, "input");
        Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { Report = report, Exit = result.Exit, Output = result.Output, Error = result.Error }));
        return 0;
    }
}

internal sealed record RuntimeRequest(string Code)
{
    public SandboxHostOptions Options { get; init; } = new();

    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    public SandboxLimits Limits { get; init; } = new();
}

internal sealed record RuntimeReply
{
    public SandboxReport? Report { get; init; }

    public SandboxExit? Exit { get; init; }

    public string Output { get; init; } = string.Empty;

    public string Error { get; init; } = string.Empty;

    public int? InitPid { get; init; }

    public int? HostUid { get; init; }
}
