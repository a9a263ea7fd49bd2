using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>Reads a target's standard output: each line that is a JSON object is a STATE that it confirms; anything else is a log line.</summary>
internal sealed class StateReader(SandboxOutput output, long lineLimit, PluginLog log, Action<JsonElement> confirmed)
{
    /// <summary>Reads until the target closes its output.</summary>
    public Task RunAsync() => PipeLines.ReadAsync(
        output,
        lineLimit,
        Take,
        _ => log.Note(LogLineLevel.Warning, $"the target wrote a line longer than {lineLimit} bytes to standard output; it is not taken as STATE"));

    private void Take(ReadOnlyMemory<byte> line)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty) return;
        if (TryReadState(line) is { } state) confirmed(state);
        else log.Line(line);
    }

    /// <summary>The value of a STATE: Singer's targets write the bare value, some the whole message.</summary>
    private static JsonElement? TryReadState(ReadOnlyMemory<byte> line)
    {
        if (PluginJson.ParseObject(line) is not { } root) return null;
        var isMessage = root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("STATE"u8);
        return isMessage && root.TryGetProperty("value", out var value) ? value : root;
    }
}
