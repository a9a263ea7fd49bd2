using System.Text;
using FlexCore.Sdk;
using FlexCore.Sdk.Messages;

namespace FlexCore.Connectors.Postgres;

/// <summary>Rows in COPY's text form as JSON objects. See the PostgreSQL manual, COPY, "Text Format".</summary>
internal sealed class CopyRows
{
    private readonly PostgresColumn[] _columns;
    private readonly byte[][] _prefixes;
    private readonly CopyForm[] _forms;
    private readonly NonFinite _nonFinite;
    private readonly SingerBuffer _unescaped = new();

    public CopyRows(IReadOnlyList<PostgresColumn> columns, NonFinite nonFinite)
    {
        _columns = [.. columns];
        _forms = [.. columns.Select(column => column.Form)];
        _nonFinite = nonFinite;
        _prefixes = [.. columns.Select((column, index) => Prefix(column.Name, index))];
    }

    /// <summary>Adds a row.</summary>
    /// <param name="row">Without its line end.</param>
    /// <param name="buffer">Takes it.</param>
    public void Write(ReadOnlySpan<byte> row, SingerBuffer buffer)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            var end = row.IndexOf((byte)'\t');
            var field = end < 0 ? row : row[..end];
            row = end < 0 ? [] : row[(end + 1)..];
            buffer.Append(_prefixes[i]);
            Write(i, field, buffer);
        }

        buffer.Append(_columns.Length == 0 ? "{}"u8 : "}"u8);
    }

    /// <summary>The text of a field; null for none.</summary>
    public string? TextOf(int column, ReadOnlySpan<byte> row)
    {
        for (; column > 0; column--) row = row[(row.IndexOf((byte)'\t') + 1)..];
        var end = row.IndexOf((byte)'\t');
        var field = end < 0 ? row : row[..end];
        return IsNull(field) ? null : Encoding.UTF8.GetString(Unescape(field));
    }

    private static bool IsNull(ReadOnlySpan<byte> field) => field.Length == 2 && field[0] == (byte)'\\' && field[1] == (byte)'N';

    private void Write(int column, ReadOnlySpan<byte> field, SingerBuffer buffer)
    {
        if (IsNull(field))
        {
            buffer.Append("null"u8);
            return;
        }

        switch (_forms[column])
        {
            case CopyForm.Number when IsFiniteNumber(field): buffer.Append(field); break;
            case CopyForm.Boolean: buffer.Append(field[0] == (byte)'t' ? "true"u8 : "false"u8); break;
            case CopyForm.Json: WriteJson(Unescape(field), buffer); break;
            case CopyForm.Date when IsFiniteTime(field): buffer.AppendString(field); break;
            case CopyForm.Timestamp when IsFiniteTime(field): WriteTime(field, "+00:00"u8, buffer); break;
            case CopyForm.TimestampWithZone when IsFiniteTime(field): WriteTime(field, ":00"u8, buffer); break;
            case CopyForm.Text: buffer.AppendString(Unescape(field)); break;
            default: WriteNonFinite(column, field, buffer); break;
        }
    }

    private static bool IsFiniteNumber(ReadOnlySpan<byte> field) => field[^1] is >= (byte)'0' and <= (byte)'9';

    // `infinity`, `-infinity`, and years before the first, which end with BC.
    private static bool IsFiniteTime(ReadOnlySpan<byte> field) => field[0] is >= (byte)'0' and <= (byte)'9' && field[^1] != (byte)'C';

    private void WriteNonFinite(int column, ReadOnlySpan<byte> field, SingerBuffer buffer)
    {
        switch (_nonFinite)
        {
            case NonFinite.Null: buffer.Append("null"u8); break;
            case NonFinite.Text: buffer.AppendString(field); break;
            default:
                throw new PluginException($"column '{_columns[column].Name}' holds '{Encoding.UTF8.GetString(field)}', which JSON has no value for; `non_finite: null` makes it null, and `non_finite: text` makes it text");
        }
    }

    /// <summary><c>2026-01-02 03:04:05.6</c> becomes <c>2026-01-02T03:04:05.6</c> with what is behind it (RFC 3339).</summary>
    private static void WriteTime(ReadOnlySpan<byte> field, ReadOnlySpan<byte> zone, SingerBuffer buffer)
    {
        var space = field.IndexOf((byte)' ');
        buffer.Append((byte)'"');
        buffer.Append(field[..space]);
        buffer.Append((byte)'T');
        buffer.Append(field[(space + 1)..]);
        buffer.Append(zone);
        buffer.Append((byte)'"');
    }

    /// <summary>Messages are lines: a line end between the parts of a document becomes a space. In its strings there is none.</summary>
    private static void WriteJson(ReadOnlySpan<byte> json, SingerBuffer buffer)
    {
        while (json.IndexOfAny((byte)'\n', (byte)'\r') is var end and >= 0)
        {
            buffer.Append(json[..end]);
            buffer.Append((byte)' ');
            json = json[(end + 1)..];
        }

        buffer.Append(json);
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> field)
    {
        if (!field.Contains((byte)'\\')) return field;
        _unescaped.Clear();
        while (field.IndexOf((byte)'\\') is var escape and >= 0)
        {
            _unescaped.Append(field[..escape]);
            _unescaped.Append(field[escape + 1] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'v' => (byte)'\v',
                var other => other,
            });
            field = field[(escape + 2)..];
        }

        _unescaped.Append(field);
        return _unescaped.Written.Span;
    }

    private static byte[] Prefix(string name, int index)
    {
        var prefix = new SingerBuffer();
        prefix.Append(index == 0 ? (byte)'{' : (byte)',');
        prefix.AppendString(name);
        prefix.Append((byte)':');
        return prefix.Written.ToArray();
    }
}
