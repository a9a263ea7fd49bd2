using System.Diagnostics;
using System.Text;
using FlexCore.Sandbox;

namespace FlexCore.Testing;

/// <summary>Starts small programs in sandboxes and collects what they wrote.</summary>
internal static class Plugin
{
    /// <summary>No test waits longer for anything.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static SandboxHost NewHost(SandboxHostOptions? options = null) => new(options ?? new SandboxHostOptions(), TimeProvider.System);

    /// <summary>A folder for a runtime; plugins under other uids must be able to pass through it.</summary>
    public static string NewRuntimeDirectory()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-runtime-").FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }

    public static SandboxSpec Python(string code, params string[] arguments) => new()
    {
        Name = "python",
        Command = ["python3", "-I", "-c", code, .. arguments],
        WorkingDirectory = "/home/plugin",
    };

    public static SandboxSpec Shell(string code) => new()
    {
        Name = "shell",
        Command = ["sh", "-c", code],
        WorkingDirectory = "/home/plugin",
    };

    /// <summary>Runs a program to its end with the given input.</summary>
    public static async Task<PluginResult> RunAsync(this SandboxHost host, SandboxSpec spec, string input = "")
    {
        await using var process = await host.StartAsync(spec);
        var output = ReadToEndAsync(process.Output);
        var error = ReadToEndAsync(process.Error);
        await process.Input.WriteAsync(Encoding.UTF8.GetBytes(input));
        process.Input.Complete();
        var exit = await process.Completion.WaitAsync(Patience);
        return new PluginResult(exit, await output, await error);
    }

    /// <summary>Runs a program that must succeed, and returns what it wrote.</summary>
    public static async Task<string> OutputAsync(this SandboxHost host, SandboxSpec spec)
    {
        var result = await host.RunAsync(spec);
        result.Error.ShouldBeEmpty();
        result.Exit.ExitCode.ShouldBe(0);
        return result.Output;
    }

    /// <summary>Waits for the end of a sandbox.</summary>
    public static Task<SandboxExit> EndAsync(this SandboxProcess process) => process.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Waits for the first line, by which test programs say that they are ready.</summary>
    public static async Task<string?> ReadLineAsync(SandboxOutput output)
    {
        // Not disposed: it would close the pipe, and more may come.
        var reader = new StreamReader(output);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
    }

    public static Task<string> ReadToEndAsync(SandboxOutput output) => new StreamReader(output).ReadToEndAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until something is so, and fails when it never is.</summary>
    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            watch.Elapsed.ShouldBeLessThan(Patience, what);
            await Task.Delay(10);
        }
    }

    /// <summary>Whether a process exists and has not ended; a zombie only waits for its parent to notice.</summary>
    public static bool IsRunning(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").Any(line => line.StartsWith("State:", StringComparison.Ordinal) && !line.Contains('Z', StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // It never was, or it went away under our eyes.
        }
    }

    public static void SkipUnlessRoot() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root: without it plugins run as the user who starts them.");
}

internal sealed record PluginResult(SandboxExit Exit, string Output, string Error);
