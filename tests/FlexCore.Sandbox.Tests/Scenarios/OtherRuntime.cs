using System.Diagnostics;
using System.Text.Json;

namespace FlexCore.Sandbox.Tests.Scenarios;

/// <summary>A runtime in a process of its own.</summary>
internal sealed class OtherRuntime : IDisposable
{
    /// <summary>The one who plays the normal user where root runs the tests.</summary>
    public const int NormalUser = 65500;

    private static readonly string[] AsNormalUser = ["/usr/bin/setpriv", $"--reuid={NormalUser}", $"--regid={NormalUser}", "--clear-groups", "--"];

    private readonly Process _process;

    private OtherRuntime(Process process) => _process = process;

    public int Pid => _process.Id;

    /// <summary>Starts one that is the user who runs the tests.</summary>
    public static OtherRuntime Start(string scenario, RuntimeRequest request) => Start(scenario, request, [Executable(AppContext.BaseDirectory)]);

    /// <summary>Starts one, as root, that has a network namespace to itself, with loopback alone.</summary>
    public static OtherRuntime StartInNetworkOfItsOwn(string scenario, RuntimeRequest request) =>
        Start(scenario, request, ["/usr/bin/bwrap", "--dev-bind", "/", "/", "--unshare-net", "--cap-add", "ALL", "--", Executable(AppContext.BaseDirectory)]);

    /// <summary>Starts one that is a normal user, whoever runs the tests.</summary>
    public static OtherRuntime StartAsNormalUser(string scenario, RuntimeRequest request)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return Start(scenario, request);
        }

        Assert.SkipUnless(
            NormalUserCanRead(typeof(object).Assembly.Location),
            $"Needs a .NET runtime that a normal user can read; here it is {typeof(object).Assembly.Location}.");
        return Start(scenario, request, [.. AsNormalUser, Executable(ReadableCopy.Value)]);
    }

    public async Task<RuntimeReply> ReplyAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Plugin.Patience);
        line.ShouldNotBeNull();
        return JsonSerializer.Deserialize<RuntimeReply>(line)!;
    }

    /// <summary>Ends it as a power failure would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static OtherRuntime Start(string scenario, RuntimeRequest request, string[] command)
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], JsonSerializer.Serialize(request)]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[RuntimeScenario.Variable] = scenario;
        start.Environment.Remove("XDG_RUNTIME_DIR");
        return new OtherRuntime(Process.Start(start)!);
    }

    private static bool NormalUserCanRead(string path)
    {
        using var test = Process.Start(new ProcessStartInfo(AsNormalUser[0], [.. AsNormalUser[1..], "/usr/bin/test", "-r", path]))!;
        test.WaitForExit();
        return test.ExitCode == 0;
    }

    private static string Executable(string folder) => Path.Combine(folder, "FlexCore.Sandbox.Tests");

    /// <summary>The tests may lie in a folder of root; a normal user needs a copy of the executable.</summary>
    private static readonly Lazy<string> ReadableCopy = new(() =>
    {
        var copy = Directory.CreateTempSubdirectory("flexcore-tests-").FullName;
        Libc.SetMode(copy, Libc.OthersMayEnter | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(copy, recursive: true);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    });
}
