using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace FlexCore.Testing;

/// <summary>A program that has run.</summary>
/// <param name="ExitCode">What it ended with.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The one JSON document on standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public CommandResult ShouldExitWith(int code)
    {
        ExitCode.ShouldBe(code, $"stdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }
}

/// <summary>A program that runs; it is killed with all its children when disposed.</summary>
internal sealed class Command : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _reading;

    private Command(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    public int Id => _process.Id;

    public string ErrorSoFar
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    public static Command Start(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FLEXCORE_NO_INSTALL"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It reads no more: it has found what is wrong with its input, or needs none.
        }

        return new Command(process);
    }

    public static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null, string input = "")
    {
        await using var command = Start(program, arguments, folder, environment, input);
        return await command.EndAsync();
    }

    public async Task<CommandResult> EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        await _reading.WaitAsync(limit.Token);
        return new CommandResult(_process.ExitCode, _output.ToString(), _error.ToString());
    }

    public async Task SignalAsync(string signal) =>
        (await RunAsync("/bin/kill", [$"-{signal}", Id.ToString()], "/")).ExitCode.ShouldBe(0);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder into)
    {
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            lock (into) into.Append(buffer, 0, read);
        }
    }
}
