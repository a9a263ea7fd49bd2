using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FlexCore.Sandbox.Network;
using FlexCore.Sandbox.Probing;
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

    /// <summary>Makes the whole self-test of a level.</summary>
    public const string Test = "test";

    /// <summary>Makes the self-test's attempts to break out with nothing around them, and prints what became of them.</summary>
    public const string BreakOut = "break-out";

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
        if (scenario == BreakOut)
        {
            Console.WriteLine(JsonSerializer.Serialize(await BreakOutAsync()));
            return 0;
        }

        var report = scenario == Test ? await host.TestAsync(request.Level) : await host.ProbeAsync(request.Level);
        if (scenario == Test)
        {
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { Report = report }));
            return 0;
        }

        if (!report.Available)
        {
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { Report = report }));
            return 0;
        }

        var place = await host.ReserveAsync(request.Level);
        var files = request.Files.Select(file => new SandboxFile($"{place.RunFolder}/{file.Key}", Encoding.UTF8.GetBytes(file.Value)));
        var spec = Plugin.Python(request.Code) with { Place = place, WorkingDirectory = place.Home, Files = [.. files], HiddenPaths = request.Hidden, Mounts = request.Mounts, Limits = request.Limits, Network = request.Network };
        if (scenario == Hang)
        {
            await using var process = await host.StartAsync(spec);
            var line = await new StreamReader(process.Output).ReadLineAsync();
            Console.WriteLine(JsonSerializer.Serialize(new RuntimeReply { InitPid = await process.InitPid, Output = line ?? string.Empty, HostUid = process.HostUid, Folder = place.Folder }));
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

        Console.WriteLine(JsonSerializer.Serialize(await RunAsync(host, spec) with { Report = report, Folder = place.Folder }));
        return 0;
    }

    private static async Task<RuntimeReply> BreakOutAsync()
    {
        using var target = new BreakOutTarget();
        var temp = Directory.CreateTempSubdirectory("flexcore-break-out-").FullName;
        var start = new ProcessStartInfo("/bin/sh", ["-c", string.Join('\n', Probing.BreakOut.At(SandboxLevel.Sandbox).Select(attempt => attempt.ToScript()))]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in target.Tell(new SandboxSpec { Name = "", Command = [], WorkingDirectory = "" }).Environment) start.Environment[name] = value;
        start.Environment["TMPDIR"] = temp;
        start.Environment.Remove(Variable);
        using var process = Process.Start(start)!;
        var reply = new RuntimeReply { Output = await process.StandardOutput.ReadToEndAsync(), Error = await process.StandardError.ReadToEndAsync() };
        Directory.Delete(temp, recursive: true);
        return reply;
    }

    private static async Task<RuntimeReply> RunAsync(SandboxHost host, SandboxSpec spec)
    {
        try
        {
            var result = await host.RunAsync(spec, "input");
            return new RuntimeReply { Exit = result.Exit, Output = result.Output, Error = result.Error };
        }
        catch (Exception e) when (e is SandboxMountException or SandboxNetworkException)
        {
            return new RuntimeReply { Refused = e.Message };
        }
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

    public SandboxLevel Level { get; init; } = SandboxLevel.Sandbox;

    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyList<string> Hidden { get; init; } = [];

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

    /// <summary>Why it was not started, if it was not.</summary>
    public string? Refused { get; init; }

    /// <summary>The private folder of the program.</summary>
    public string Folder { get; init; } = string.Empty;

    public int? HostUid { get; init; }
}
