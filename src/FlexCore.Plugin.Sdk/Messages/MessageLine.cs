using System.Text;
using System.Text.Json;

namespace FlexCore.Sdk.Messages;

/// <summary>What a message is.</summary>
internal enum MessageKind
{
    Record,
    Schema,
    State,
    ActivateVersion,
    Batch,
    Other,
}

/// <summary>One line of Singer messages, looked into as far as a target must. Of a record in the order that taps write, the record itself is not parsed.</summary>
internal readonly ref struct MessageLine
{
    public const int MaxDepth = 256;

    private static ReadOnlySpan<byte> VersionName => "\"version\":"u8;

    private MessageLine(MessageKind kind, ReadOnlySpan<byte> stream, ReadOnlySpan<byte> value, long? version)
    {
        Kind = kind;
        Stream = stream;
        Value = value;
        Version = version;
    }

    public MessageKind Kind { get; }

    /// <summary>Name of the record stream, in UTF-8.</summary>
    public ReadOnlySpan<byte> Stream { get; }

    /// <summary>The record of a RECORD, the value of a STATE: JSON. Of a record in the usual order it is not known to be valid.</summary>
    public ReadOnlySpan<byte> Value { get; }

    public long? Version { get; }

    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static MessageLine Read(ReadOnlySpan<byte> line) => TryReadUsualRecord(line, out var record) ? record : Parse(line);

    private static bool TryReadUsualRecord(ReadOnlySpan<byte> line, out MessageLine record)
    {
        record = default;
        var rest = line;
        if (!Skip(ref rest, "{"u8) || !Skip(ref rest, "\"type\""u8) || !Skip(ref rest, ":"u8) || !Skip(ref rest, "\"RECORD\""u8)
            || !Skip(ref rest, ","u8) || !Skip(ref rest, "\"stream\""u8) || !Skip(ref rest, ":"u8) || !Skip(ref rest, "\""u8)) return false;
        var end = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (end <= 0 || rest[end] == (byte)'\\') return false;
        var stream = rest[..end];
        rest = rest[(end + 1)..];
        if (!Skip(ref rest, ","u8) || !Skip(ref rest, "\"record\""u8) || !Skip(ref rest, ":"u8)) return false;
        rest = rest.Trim(" \t\r"u8);
        if (rest.Length < 3 || rest[0] != (byte)'{' || rest[^1] != (byte)'}') return false;
        rest = rest[..^1].TrimEnd(" \t"u8);
        if (rest[^1] == (byte)'}')
        {
            record = new MessageLine(MessageKind.Record, stream, rest, version: null);
            return true;
        }

        // `, "version": 1700000000000`: of full tables, every record has it.
        var digits = rest.Length - rest.TrimEnd("0123456789"u8).Length;
        var before = rest[..^digits].TrimEnd((byte)' ');
        if (digits is 0 or > 18 || !before.EndsWith(VersionName)) return false;
        before = before[..^VersionName.Length].TrimEnd((byte)' ');
        if (before.IsEmpty || before[^1] != (byte)',') return false;
        before = before[..^1].TrimEnd((byte)' ');
        if (before.IsEmpty || before[^1] != (byte)'}') return false;
        record = new MessageLine(MessageKind.Record, stream, before, long.Parse(rest[^digits..], provider: null));
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> literal)
    {
        if (rest.Length > 0 && rest[0] == (byte)' ') rest = rest.TrimStart((byte)' ');
        if (!rest.StartsWith(literal)) return false;
        rest = rest[literal.Length..];
        return true;
    }

    private static MessageLine Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it is not a JSON object");
        MessageKind? kind = null;
        long? version = null;
        ReadOnlySpan<byte> stream = default, record = default, value = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) kind = KindOf(Text(ref reader));
            else if (reader.ValueTextEquals("stream"u8)) stream = Text(ref reader);
            else if (reader.ValueTextEquals("record"u8)) record = Raw(ref reader, line);
            else if (reader.ValueTextEquals("value"u8)) value = Raw(ref reader, line);
            else if (reader.ValueTextEquals("version"u8)) version = Number(ref reader);
            else reader.Skip();
        }

        while (reader.Read())
        {
        }

        if (kind == MessageKind.Record && (record.IsEmpty || record[0] != (byte)'{')) throw new JsonException("it is a RECORD without a record");
        if (kind == MessageKind.State && value.IsEmpty) throw new JsonException("it is a STATE without a value");
        return new MessageLine(kind ?? throw new JsonException("it has no 'type'"), stream, kind == MessageKind.State ? value : record, version);
    }

    private static long? Number(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)) return number;
        reader.Skip();
        return null;
    }

    private static ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("'type' and 'stream' must be text");
        return reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
    }

    private static ReadOnlySpan<byte> Raw(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        reader.Read();
        var begin = (int)reader.TokenStartIndex;
        reader.Skip();
        return line[begin..(int)reader.BytesConsumed];
    }

    private static MessageKind KindOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("RECORD"u8) ? MessageKind.Record
        : type.SequenceEqual("SCHEMA"u8) ? MessageKind.Schema
        : type.SequenceEqual("STATE"u8) ? MessageKind.State
        : type.SequenceEqual("ACTIVATE_VERSION"u8) ? MessageKind.ActivateVersion
        : type.SequenceEqual("BATCH"u8) ? MessageKind.Batch
        : MessageKind.Other;
}
