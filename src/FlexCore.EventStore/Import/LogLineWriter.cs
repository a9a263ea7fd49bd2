using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FlexCore.EventStore.Import;

/// <summary>Writes events as lines.</summary>
internal sealed class LogLineWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    public LogLineWriter() =>
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = LogLineFormat.MaxDepth + 1 });

    /// <returns>The line with its end, valid until the next one is written.</returns>
    public ReadOnlyMemory<byte> Write(RecordedEvent recorded)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        LogLineFormat.WritePlace(_json, recorded);
        WriteContent(LogLineFormat.Data, recorded.Data.Span);
        WriteContent(LogLineFormat.Metadata, recorded.Metadata.Span);
        _json.WriteString(LogLineFormat.Hash, recorded.Hash.ToString());
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        return _line.WrittenMemory;
    }

    public void Dispose() => _json.Dispose();

    private void WriteContent(string name, ReadOnlySpan<byte> content)
    {
        if (CanStandAsJson(content))
        {
            _json.WritePropertyName(name);
            _json.WriteRawValue(content, skipInputValidation: true);
        }
        else
        {
            _json.WriteBase64String(name + LogLineFormat.Base64, content);
        }
    }

    /// <summary>Whether a reader of the line finds exactly these bytes: one JSON value without anything around it, on one line.</summary>
    private static bool CanStandAsJson(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty || content[0] <= ' ' || content[^1] <= ' ' || content.ContainsAny((byte)'\n', (byte)'\r') || !Utf8.IsValid(content)) return false;
        var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = LogLineFormat.MaxDepth });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
