using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Plugins.Secrets;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>Takes what a plugin says, line by line, to the run's log and to whoever watches.</summary>
internal sealed class PluginLog(string step, string plugin, SecretMask mask, IRunLogWriter writer, IRunObserver observer, TimeProvider time)
{
    private const int MaxLineBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private string _lastLine = "";
    private string _lastError = "";

    /// <summary>Hides the secrets of the step in whatever is told of the plugin.</summary>
    public SecretMask Mask => mask;

    /// <summary>The last thing it said that is not empty, for error messages: on standard error, or else on standard output, for which of the two came last is chance.</summary>
    public string LastLine
    {
        get
        {
            lock (_gate) return _lastError.Length > 0 ? _lastError : _lastLine;
        }
    }

    /// <summary>Logs one line of our own about the plugin.</summary>
    public void Note(LogLineLevel level, string message) => Emit(level, message);

    /// <summary>Reads until the plugin closes the stream. Longer lines than 64 KiB are cut.</summary>
    public Task PumpAsync(SandboxOutput output, bool isError) => PipeLines.ReadAsync(output, MaxLineBytes, line => Line(line, isError: isError), beginning => Line(beginning, isCut: true, isError));

    /// <summary>Logs one line that the plugin wrote.</summary>
    public void Line(ReadOnlyMemory<byte> bytes, bool isCut = false, bool isError = false)
    {
        isCut |= bytes.Length > MaxLineBytes;
        var text = Encoding.UTF8.GetString(mask.Apply(bytes[..Math.Min(bytes.Length, MaxLineBytes)], isCut).Span).TrimEnd();
        if (text.Length == 0) return;
        var message = Printable.Escape(text) + (isCut ? "…" : "");
        lock (_gate)
        {
            if (isError) _lastError = message;
            else _lastLine = message;
        }

        Emit(LogLevels.Classify(text), message);
    }

    private void Emit(LogLineLevel level, string message)
    {
        var line = new LogLine(time.GetUtcNow(), step, plugin, level, message);
        writer.Write(line);
        observer.PluginLogged(line);
    }
}
