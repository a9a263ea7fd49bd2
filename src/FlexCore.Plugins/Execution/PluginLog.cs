using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins.Execution;

/// <summary>Takes what a plugin says, line by line, to the run's log and to whoever watches.</summary>
internal sealed class PluginLog(string step, string plugin, SecretMask mask, IRunLogWriter writer, IRunObserver observer, TimeProvider time)
{
    private const int ReadSize = 64 * 1024;
    private const int MaxLineBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private string _lastLine = "";

    /// <summary>The last thing it said that is not empty, for error messages.</summary>
    public string LastLine
    {
        get
        {
            lock (_gate) return _lastLine;
        }
    }

    /// <summary>Logs one line of our own about the plugin.</summary>
    public void Note(LogLineLevel level, string message) => Emit(level, message);

    /// <summary>Reads until the plugin closes the stream. Longer lines than 64 KiB are cut.</summary>
    public Task PumpAsync(SafeFileHandle stream, string streamName) =>
        NamedThread.RunAsync($"log {plugin} {streamName}", () => PluginPipe.Read(stream, Pump));

    /// <summary>Logs one line that the plugin wrote.</summary>
    public void Line(ReadOnlySpan<byte> bytes)
    {
        var cut = bytes.Length > MaxLineBytes;
        var text = Encoding.UTF8.GetString(cut ? bytes[..MaxLineBytes] : bytes).TrimEnd();
        if (text.Length == 0) return;
        var message = Printable.Escape(mask.Apply(text)) + (cut ? "…" : "");
        lock (_gate) _lastLine = message;
        Emit(LogLevels.Classify(text), message);
    }

    private void Pump(FileStream input)
    {
        var buffer = new byte[ReadSize + MaxLineBytes];
        var filled = 0;
        var skipping = false;
        int read;
        while ((read = input.Read(buffer, filled, ReadSize)) > 0)
        {
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (!skipping) Line(buffer.AsSpan(start, length));
                skipping = false;
                start += length + 1;
            }

            if (filled - start > MaxLineBytes)
            {
                // A line without end: its beginning is logged, the rest is dropped.
                if (!skipping) Line(buffer.AsSpan(start, filled - start));
                skipping = true;
                start = filled;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }

        if (filled > 0 && !skipping) Line(buffer.AsSpan(0, filled));
    }

    private void Emit(LogLineLevel level, string message)
    {
        var line = new LogLine(time.GetUtcNow(), step, plugin, level, message);
        writer.Write(line);
        observer.PluginLogged(line);
    }
}
