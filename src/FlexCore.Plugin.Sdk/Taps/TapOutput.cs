using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Sdk.Messages;

namespace FlexCore.Sdk.Taps;

/// <summary>Where a tap puts its messages: standard output, in large pieces.</summary>
public sealed class TapOutput
{
    private const int FlushAt = 64 * 1024;

    private readonly Stream _output;
    private readonly JsonObject _bookmarks;
    private byte[] _begin = [];
    private byte[] _end = [];

    internal TapOutput(Stream output, JsonObject? state)
    {
        _output = output;
        _bookmarks = (state?["bookmarks"] as JsonObject)?.DeepClone() as JsonObject ?? [];
    }

    /// <summary>Where the fields of the record that was begun go, as JSON: the record with its braces.</summary>
    public SingerBuffer Buffer { get; } = new();

    /// <summary>Begins a record stream: its SCHEMA, with the fields that are wanted. The records that follow are its records.</summary>
    /// <param name="selected">The stream.</param>
    /// <param name="version">The version of a full table: a target that knows versions replaces the older ones when <see cref="ActivateVersion"/> has said so.</param>
    public void BeginStream(SelectedStream selected, long? version = null)
    {
        var stream = selected.Stream;
        var schema = (JsonObject)stream.Schema.DeepClone();
        var properties = schema["properties"] as JsonObject ?? [];
        foreach (var field in properties.Select(property => property.Key).Except(selected.Fields).ToList()) properties.Remove(field);
        var message = new JsonObject { ["type"] = "SCHEMA", ["stream"] = stream.Name, ["schema"] = schema, ["key_properties"] = Texts(stream.Keys) };
        if (stream.ReplicationKey is { } key) message["bookmark_properties"] = Texts([key]);
        Write(message);

        var name = new SingerBuffer();
        name.AppendString(stream.Name);
        _begin = [.. "{\"type\":\"RECORD\",\"stream\":"u8, .. name.Written.Span, .. ",\"record\":"u8];
        _end = version is null ? [.. "}\n"u8] : [.. ",\"version\":"u8, .. System.Text.Encoding.ASCII.GetBytes($"{version}"), .. "}\n"u8];
    }

    /// <summary>Begins a record; the caller adds it to <see cref="Buffer"/>, and ends it.</summary>
    public void BeginRecord() => Buffer.Append(_begin);

    /// <summary>Ends the record that was begun.</summary>
    /// <returns>Whether <see cref="FlushAsync"/> is due.</returns>
    public bool EndRecord()
    {
        Buffer.Append(_end);
        return Buffer.Length >= FlushAt;
    }

    /// <summary>Writes a whole record.</summary>
    public ValueTask WriteRecordAsync<T>(T record, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        BeginRecord();
        using (var writer = new Utf8JsonWriter(Buffer)) JsonSerializer.Serialize(writer, record, type);
        return EndRecord() ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Says that all records of a stream with another version are gone.</summary>
    public void ActivateVersion(string stream, long version) => Write(new JsonObject { ["type"] = "ACTIVATE_VERSION", ["stream"] = stream, ["version"] = version });

    /// <summary>Keeps how far a stream was read; it is told with the next STATE. Null forgets it.</summary>
    public void SetBookmark(string stream, JsonObject? bookmark)
    {
        if (bookmark is null) _bookmarks.Remove(stream);
        else _bookmarks[stream] = bookmark;
    }

    /// <summary>Writes a STATE: whatever lies before it need not be read again once a target has it safe.</summary>
    public ValueTask WriteStateAsync(CancellationToken cancellationToken)
    {
        Write(new JsonObject { ["type"] = "STATE", ["value"] = new JsonObject { ["bookmarks"] = _bookmarks.DeepClone() } });
        return FlushAsync(cancellationToken);
    }

    /// <summary>Writes what is there to standard output.</summary>
    /// <exception cref="PluginException">Nobody reads it any more.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (Buffer.Length == 0) return;
        try
        {
            await _output.WriteAsync(Buffer.Written, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new PluginException($"standard output cannot be written: {e.Message}", e);
        }

        Buffer.Clear();
    }

    private void Write(JsonObject message)
    {
        using (var writer = new Utf8JsonWriter(Buffer)) message.WriteTo(writer);
        Buffer.Append((byte)'\n');
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
