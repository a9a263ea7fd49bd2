using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Probing;

/// <summary>An attempt to break out, made with the programs that every machine has.</summary>
/// <param name="Name">What is attempted.</param>
/// <param name="Program">The program that it takes; null when the shell does it. Without it nothing is tried, and that is no success of the sandbox.</param>
/// <param name="Script">Ends with 0 when the attempt has succeeded.</param>
/// <param name="Lowest">The lowest level that promises to stop it.</param>
internal sealed record BreakOut(string Name, string? Program, string Script, SandboxLevel Lowest = SandboxLevel.Process)
{
    private const string Rare = "bash";

    private const string IsRuntime = """[ "$(sed 's/.*) //' "/proc/$RUNTIME/stat" | cut -d ' ' -f 20)" = "$RUNTIME_START" ]""";

    /// <summary>All of them.</summary>
    private static readonly BreakOut[] All =
    [
        new("read a file of the host", "cat", "cat \"$OUTSIDE/file\""),
        new("list a folder of the host", "ls", "ls \"$OUTSIDE\""),
        new("write to a granted file that is read-only", "cp", "cp \"$GRANTED/file\" \"$GRANTED/other\" || echo > \"$GRANTED/file\""),
        new("change the mode of a granted file that is read-only", "chmod", "chmod 777 \"$GRANTED/file\""),
        new("see the process of the runtime", "sed", IsRuntime, SandboxLevel.Sandbox),
        new("signal the process of the runtime", "sed", $"kill -0 \"$RUNTIME\" && {IsRuntime}"),
        new("read the environment of the runtime", "cat", $"cat \"/proc/$RUNTIME/environ\" && {IsRuntime}"),
        new("find an open file of the runtime", "ls", "[ \"$(ls /proc/self/fd | wc -l)\" -gt 4 ]"), // Its own 0 to 2, and the folder that it lists.
        new("connect to the runtime", Rare, "bash -c 'exec 9<> \"/dev/tcp/127.0.0.1/$PORT\"'"),
        new("change a setting of the kernel", null, "[ -w /proc/sys/kernel/core_pattern ]"),
        new("make a pipe for others to wait at", "mkfifo", "mkfifo \"$TMPDIR/pipe\""),
        new("make a device", "mknod", "mknod \"$TMPDIR/device\" c 0 0"),
        new("make a setuid file", "chmod", ": > \"$TMPDIR/setuid\" && chmod 4755 \"$TMPDIR/setuid\""),
        new("make a user namespace", "unshare", "unshare --user true"),
        new("mount a file system", "mount", "mount -t tmpfs none \"$TMPDIR\""),
        new("raise a limit", null, "ulimit -n $(($(ulimit -H -n) + 1))"),
    ];

    /// <summary>What a level has to stop.</summary>
    public static IEnumerable<BreakOut> At(SandboxLevel level) => All.Where(attempt => level >= attempt.Lowest);

    /// <summary>Whether it has to be tried: not where it takes what many machines do without.</summary>
    public bool IsRequired => Program != Rare;

    /// <summary>Makes it and prints what became of it.</summary>
    public string ToScript()
    {
        var attempt = $"if ( {Script} ) > /dev/null 2>&1; then echo '{Name}: succeeded'; else echo '{Name}: stopped'; fi";
        return Program is null ? attempt : $"if command -v {Program} > /dev/null; then {attempt}; else echo '{Name}: not tried, there is no {Program}'; fi";
    }
}

/// <summary>What break-outs are aimed at. Every user may read it: nothing but the sandbox protects it.</summary>
internal sealed class BreakOutTarget : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-probe-").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public BreakOutTarget()
    {
        foreach (var folder in (string[])[_folder, Outside, Granted])
        {
            Directory.CreateDirectory(folder);
            Libc.SetMode(folder, Libc.OthersMayEnter | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        foreach (var folder in (string[])[Outside, Granted]) File.WriteAllText(Path.Combine(folder, "file"), "a file of the host");
        _listener.Start();
    }

    private string Outside => Path.Combine(_folder, "outside");

    private string Granted => Path.Combine(_folder, "granted");

    /// <summary>A program that is told of it.</summary>
    public SandboxSpec Tell(SandboxSpec spec) => spec with
    {
        Mounts = [new SandboxMount(Granted, Granted, Writable: false)],
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OUTSIDE"] = Outside,
            ["GRANTED"] = Granted,
            ["PORT"] = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture),
            ["RUNTIME"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            ["RUNTIME_START"] = (ProcessStat.Read(Environment.ProcessId)?.StartTime ?? 0).ToString(CultureInfo.InvariantCulture),
        },
    };

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
