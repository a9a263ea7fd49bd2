using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using FlexCore.EventStore.Appending;

namespace FlexCore.EventStore.Import;

/// <summary>Reads events from lines.</summary>
internal static class LogLineReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = LogLineFormat.MaxDepth + 1 };

    public static RecordedEvent Read(ReadOnlyMemory<byte> line, long number)
    {
        try
        {
            if (!Utf8.IsValid(line.Span)) throw new LogFileException(number, "it is not UTF-8.");
            var recorded = Read(line.Span, number);
            AppendRules.Check(recorded);
            return recorded;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new LogFileException(number, $"{Reason(e)} A file that was cut off, or changed, is refused from there on.");
        }
        catch (ArgumentException e)
        {
            throw new LogFileException(number, e.Message);
        }
    }

    private static string Reason(Exception e) => e is JsonException ? "it is not one JSON object." : "a member is not what it has to be.";

    private static RecordedEvent Read(ReadOnlySpan<byte> line, long number)
    {
        long? position = null, version = null;
        string? stream = null, type = null;
        Guid? id = null;
        DateTimeOffset? at = null;
        byte[]? data = null, metadata = null;
        LogHash? hash = null;
        var reader = new Utf8JsonReader(line, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case LogLineFormat.Position: position = reader.GetInt64(); break;
                case LogLineFormat.Stream: stream = reader.GetString(); break;
                case LogLineFormat.Version: version = reader.GetInt64(); break;
                case LogLineFormat.Id: id = reader.GetGuid(); break;
                case LogLineFormat.Type: type = reader.GetString(); break;
                case LogLineFormat.At: at = DateTimeOffset.ParseExact(reader.GetString()!, LogLineFormat.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal); break;
                case LogLineFormat.Hash: hash = new LogHash(reader.GetBytesFromBase64()); break;
                case LogLineFormat.Data: data = Content(ref reader, line); break;
                case LogLineFormat.Metadata: metadata = Content(ref reader, line); break;
                case LogLineFormat.Data + LogLineFormat.Base64: data = reader.GetBytesFromBase64(); break;
                case LogLineFormat.Metadata + LogLineFormat.Base64: metadata = reader.GetBytesFromBase64(); break;
                default: throw new LogFileException(number, $"'{name}' is not a member of an event.");
            }
        }

        // Nothing may follow the object.
        reader.Read();
        return new RecordedEvent(
            position ?? throw Missing(LogLineFormat.Position),
            stream ?? throw Missing(LogLineFormat.Stream),
            version ?? throw Missing(LogLineFormat.Version),
            id ?? throw Missing(LogLineFormat.Id),
            type ?? throw Missing(LogLineFormat.Type),
            data ?? throw Missing(LogLineFormat.Data),
            metadata ?? throw Missing(LogLineFormat.Metadata),
            at ?? throw Missing(LogLineFormat.At),
            hash ?? throw Missing(LogLineFormat.Hash));

        LogFileException Missing(string member) => new(number, $"'{member}' is missing.");
    }

    /// <summary>The bytes of a value as they stand in the line.</summary>
    private static byte[] Content(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return line[start..(int)reader.BytesConsumed].ToArray();
    }
}
