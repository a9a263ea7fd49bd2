using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Tests;

/// <summary>Starts small programs in sandboxes and collects what they wrote.</summary>
internal static class Plugin
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
        await using var process = await host.StartAsync(spec, TestContext.Current.CancellationToken);
        var output = ReadToEndAsync(process.Output);
        var error = ReadToEndAsync(process.Error);
        process.Input.TryWrite(Encoding.UTF8.GetBytes(input));
        process.Input.Complete();
        var exit = await process.Completion.WaitAsync(Patience);
        return new PluginResult(exit, await output, await error);
    }

    public static Task<string> ReadToEndAsync(SafeFileHandle pipe) => Task.Run(() =>
    {
        using var reader = new StreamReader(new FileStream(pipe, FileAccess.Read, bufferSize: 0));
        return reader.ReadToEnd();
    });
}

internal sealed record PluginResult(SandboxExit Exit, string Output, string Error);
