using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlexCore.Sandbox.Network;
using FlexCore.Sandbox.Tests.Network;

namespace FlexCore.Sandbox.Tests.Scenarios;

/// <summary>What a runtime of its own does in a test.</summary>
internal static class RuntimeScenario
{
    public const string Variable = "FLEXCORE_SANDBOX_SCENARIO";

    /// <summary>Runs one program in a sandbox and reports all about it as one JSON document.</summary>
    public const string Run = "run";

    /// <summary>Starts a sandbox full of processes, names its first one and waits to be killed.</summary>
    public const string Hang = "hang";

    /// <summary>As <see cref="Run"/>, with a server at an address of a private network, for which <c>db.internal</c> stands.</summary>
    public const string PrivateAddress = "private";

    /// <summary>Runs one program several times and counts its own open descriptors after each.</summary>
    public const string Repeat = "repeat";

    public const int Repeats = 6;

    public const string Address = "10.77.0.1";
    public const int Port = 5432;

    public static async Task<int> PlayAsync(string scenario, string[] arguments)
    {
        var request = JsonSerializer.Deserialize<RuntimeRequest>(arguments[0])!;
        var options = new SandboxHostOptions { RuntimeDirectory = request.RuntimeDirectory ?? new SandboxHostOptions().RuntimeDirectory };
        await using var server = scenario == PrivateAddress ? ServePrivately() : null;
        if (server is not null) options = options with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(Address)]) };
        await using var host = new SandboxHost(options, TimeProvider.System);
        var spec = Plugin.Python(request.Code) with { Mounts = request.Mounts, Limits = request.Limits, Network = request.Network };
        if (scenario == Hang)
        {
            await using var process = await host.StartAsync(spec);
            var line = await new StreamReader(process.Output).ReadLineAsync();
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { InitPid = await process.InitPid, Output = line ?? string.Empty, HostUid = process.HostUid }));
            await process.Completion;
            return 1;
        }

        if (scenario == Repeat)
        {
            var descriptors = new List<int>();
            while (descriptors.Count < Repeats)
            {
                (await host.RunAsync(spec)).Exit.ExitCode.ShouldBe(0);
                descriptors.Add(Directory.GetFiles("/proc/self/fd").Length);
            }

            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { Descriptors = descriptors }));
            return 0;
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

    /// <summary>Only in a network namespace of its own: it changes the loopback interface.</summary>
    private static LoopbackServer ServePrivately()
    {
        using var any = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        NetworkNamespace.AddAddress(any, "lo:0", IPAddress.Parse(Address));
        return new LoopbackServer(socket => LoopbackServer.SendAsync(socket, "served"u8.ToArray()), IPAddress.Parse(Address), Port);
    }
}

internal sealed record RuntimeRequest(string Code)
{
    public string? RuntimeDirectory { get; init; }

    public IReadOnlyList<SandboxEndpoint> Network { get; init; } = [];

    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    public SandboxLimits Limits { get; init; } = new();
}

internal sealed record RuntimeReply
{
    public SandboxReport? Report { get; init; }

    public SandboxExit? Exit { get; init; }

    public string Output { get; init; } = string.Empty;

    public string Error { get; init; } = string.Empty;

    public IReadOnlyList<int> Descriptors { get; init; } = [];

    public int? InitPid { get; init; }

    public int? HostUid { get; init; }
}
