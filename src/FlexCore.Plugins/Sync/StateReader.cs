using System.Text.Json;
using FlexCore.Plugins.Execution;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Plugins.Sync;

/// <summary>Reads a target's standard output: each line that is a JSON object is a STATE that it confirms; anything else is a log line.</summary>
internal sealed class StateReader(SafeFileHandle output, long lineLimit, PluginLog log, Action<JsonElement> confirmed)
{
    /// <summary>Blocks until the target closes its output.</summary>
    public void Run() => PluginPipe.Read(output, Read);

    private void Read(FileStream input)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        var skipping = false;
        int read;
        while ((read = input.Read(buffer.AsSpan(filled))) > 0)
        {
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (!skipping) Take(buffer.AsMemory(start, length));
                skipping = false;
                start += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled < buffer.Length) continue;
            if (buffer.Length < lineLimit)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, lineLimit));
                continue;
            }

            if (!skipping) log.Note(Application.Ports.LogLineLevel.Warning, $"the target wrote a line longer than {lineLimit} bytes to standard output; it is not taken as STATE");
            skipping = true;
            filled = 0;
        }

        if (filled > 0 && !skipping) Take(buffer.AsMemory(0, filled));
    }

    private void Take(ReadOnlyMemory<byte> line)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty) return;
        if (TryReadState(line) is { } state) confirmed(state);
        else log.Line(line.Span);
    }

    /// <summary>The value of a STATE: Singer's targets write the bare value, some the whole message.</summary>
    private static JsonElement? TryReadState(ReadOnlyMemory<byte> line)
    {
        if (PluginJson.ParseObject(line) is not { } root) return null;
        var isMessage = root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("STATE"u8);
        return isMessage && root.TryGetProperty("value", out var value) ? value : root;
    }
}
