using System.Text.Json;
using System.Text.Unicode;

namespace FlexCore.Plugins.Singer;

/// <summary>What a Singer message is; types that nobody knows are relayed all the same.</summary>
internal enum SingerMessageKind
{
    Record,
    Schema,
    State,
    ActivateVersion,
    Batch,
    Other,
}

/// <summary>
/// Looks into a Singer message as far as a relay must (Singer specification 0.3.0, BATCH as in Meltano's SDK). A record in
/// the order that every known tap writes is recognised by its first bytes; anything else is parsed.
/// </summary>
internal readonly ref struct SingerMessage
{
    private const int MaxDepth = 1000;

    private SingerMessage(SingerMessageKind kind, ReadOnlySpan<byte> stream)
    {
        Kind = kind;
        Stream = stream;
    }

    public SingerMessageKind Kind { get; }

    /// <summary>Name of the record stream in UTF-8; empty where the message has none.</summary>
    public ReadOnlySpan<byte> Stream { get; }

    /// <summary>Looks at one line without its newline.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Inspect(ReadOnlySpan<byte> line, out SingerMessage message)
    {
        if (TryInspectUsualRecord(line, out message)) return null;
        return Parse(line, out message);
    }

    /// <summary>Whether the whole line is one well-formed message: for a last line that has no newline.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> line) => Utf8.IsValid(line) && Parse(line, out _) is null;

    /// <summary>The record stream of a RECORD in the usual order, from the beginning of the line alone.</summary>
    /// <param name="beginning">As much of the line as there is.</param>
    /// <param name="stream">The name of the stream.</param>
    /// <param name="length">How far the record's opening brace is behind the beginning of the line: lines that agree up to there are records of the same stream.</param>
    public static bool TryReadRecordStream(ReadOnlySpan<byte> beginning, out ReadOnlySpan<byte> stream, out int length)
    {
        stream = default;
        length = 0;
        var rest = beginning;
        if (!Skip(ref rest, "{"u8) || !Skip(ref rest, "\"type\""u8) || !Skip(ref rest, ":"u8) || !Skip(ref rest, "\"RECORD\""u8)
            || !Skip(ref rest, ","u8) || !Skip(ref rest, "\"stream\""u8) || !Skip(ref rest, ":"u8) || !Skip(ref rest, "\""u8)) return false;
        var end = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (end <= 0 || rest[end] == (byte)'\\') return false;
        stream = rest[..end];
        rest = rest[(end + 1)..];
        var isRecord = Skip(ref rest, ","u8) && Skip(ref rest, "\"record\""u8) && Skip(ref rest, ":"u8) && Skip(ref rest, "{"u8);
        length = beginning.Length - rest.Length;
        return isRecord;
    }

    /// <summary>Whether a line that begins like an object also ends like one.</summary>
    public static bool EndsLikeObject(ReadOnlySpan<byte> line) => line[^1] == (byte)'}' || line.TrimEnd(" \t\r"u8)[^1] == (byte)'}';

    /// <summary><c>{"type": "RECORD", "stream": "NAME", "record": {…}</c>, with or without spaces.</summary>
    private static bool TryInspectUsualRecord(ReadOnlySpan<byte> line, out SingerMessage message)
    {
        message = default;
        if (!TryReadRecordStream(line, out var stream, out _) || !EndsLikeObject(line)) return false;
        message = new SingerMessage(SingerMessageKind.Record, stream);
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> literal)
    {
        if (rest.Length > 0 && rest[0] == (byte)' ') rest = rest.TrimStart((byte)' ');
        if (!rest.StartsWith(literal)) return false;
        rest = rest[literal.Length..];
        return true;
    }

    private static string? Parse(ReadOnlySpan<byte> line, out SingerMessage message)
    {
        message = default;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "is not a JSON object";
            return Parse(ref reader, out message);
        }
        catch (JsonException)
        {
            return "is not valid JSON";
        }
        catch (InvalidOperationException)
        {
            return "holds text that is not valid Unicode";
        }
    }

    private static string? Parse(scoped ref Utf8JsonReader reader, out SingerMessage message)
    {
        message = default;
        SingerMessageKind? kind = null;
        ReadOnlySpan<byte> stream = default;
        bool hasRecord = false, hasSchema = false, hasValue = false, hasVersion = false, hasManifest = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) kind = ReadKind(ref reader);
            else if (reader.ValueTextEquals("stream"u8)) stream = ReadStream(ref reader);
            else
            {
                hasRecord |= reader.ValueTextEquals("record"u8);
                hasSchema |= reader.ValueTextEquals("schema"u8);
                hasValue |= reader.ValueTextEquals("value"u8);
                hasVersion |= reader.ValueTextEquals("version"u8);
                hasManifest |= reader.ValueTextEquals("manifest"u8);
                reader.Skip();
            }
        }

        // Read to the end: what follows the object must be nothing.
        while (reader.Read())
        {
        }

        if (kind is null) return "is a JSON object without a 'type'";
        message = new SingerMessage(kind.Value, stream);
        return kind switch
        {
            SingerMessageKind.State => hasValue ? null : "is a STATE without a 'value'",
            SingerMessageKind.Other => null,
            _ when stream.IsEmpty => $"is a {Name(kind.Value)} without a 'stream'",
            SingerMessageKind.Record when !hasRecord => "is a RECORD without a 'record'",
            SingerMessageKind.Schema when !hasSchema => "is a SCHEMA without a 'schema'",
            SingerMessageKind.ActivateVersion when !hasVersion => "is an ACTIVATE_VERSION without a 'version'",
            SingerMessageKind.Batch when !hasManifest => "is a BATCH without a 'manifest'",
            _ => null,
        };
    }

    private static SingerMessageKind? ReadKind(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        return reader.ValueTextEquals("RECORD"u8) ? SingerMessageKind.Record
            : reader.ValueTextEquals("SCHEMA"u8) ? SingerMessageKind.Schema
            : reader.ValueTextEquals("STATE"u8) ? SingerMessageKind.State
            : reader.ValueTextEquals("ACTIVATE_VERSION"u8) ? SingerMessageKind.ActivateVersion
            : reader.ValueTextEquals("BATCH"u8) ? SingerMessageKind.Batch
            : SingerMessageKind.Other;
    }

    private static ReadOnlySpan<byte> ReadStream(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return default;
        }

        if (!reader.ValueIsEscaped) return reader.ValueSpan;
        var unescaped = new byte[reader.ValueSpan.Length];
        return unescaped.AsSpan(0, reader.CopyString(unescaped));
    }

    private static string Name(SingerMessageKind kind) => kind == SingerMessageKind.ActivateVersion ? "ACTIVATE_VERSION" : kind.ToString().ToUpperInvariant();
}
