using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FlexCore.Sdk;
using FlexCore.Sdk.Messages;

namespace FlexCore.Connectors.Postgres;

/// <summary>JSON objects as rows in COPY's text form. See the PostgreSQL manual, COPY, "Text Format".</summary>
internal sealed class RecordRows
{
    private const int MaxDepth = 256;

    private static ReadOnlySpan<byte> EscapedNul => "\\u0000"u8;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\\\n\r\t\0"u8);

    private readonly byte[][] _names;
    private readonly ColumnForm[] _forms;
    private readonly (int Begin, int Length)[] _fields;
    private readonly string _stream;
    private readonly NulText _nul;
    private readonly SingerBuffer _values = new();
    private byte[] _text = new byte[256];

    public RecordRows(string stream, IReadOnlyList<(string Name, ColumnForm Form)> columns, NulText nul)
    {
        (_stream, _nul) = (stream, nul);
        _names = [.. columns.Select(column => Encoding.UTF8.GetBytes(column.Name))];
        _forms = [.. columns.Select(column => column.Form)];
        _fields = new (int, int)[columns.Count];
    }

    /// <summary>Adds a record; a field that is no column is left out, and a column without a field is null.</summary>
    /// <exception cref="JsonException">It is not well-formed.</exception>
    /// <exception cref="PluginException">A value cannot be kept.</exception>
    public void Write(ReadOnlySpan<byte> record, SingerBuffer rows)
    {
        _values.Clear();
        _fields.AsSpan().Clear();
        var reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = Find(ref reader, next);
            reader.Read();
            if (column < 0) reader.Skip();
            else if (reader.TokenType != JsonTokenType.Null)
            {
                var begin = _values.Length;
                Write(column, ref reader, record);
                _fields[column] = (begin, _values.Length - begin + 1);
            }

            next = column + 1;
        }

        while (reader.Read())
        {
        }

        Assemble(rows);
    }

    private void Assemble(SingerBuffer rows)
    {
        var values = _values.Written.Span;
        for (var i = 0; i < _fields.Length; i++)
        {
            if (i > 0) rows.Append((byte)'\t');
            var (begin, length) = _fields[i];
            rows.Append(length == 0 ? "\\N"u8 : values.Slice(begin, length - 1));
        }

        rows.Append((byte)'\n');
    }

    /// <summary>Most records have their fields in the order of the columns.</summary>
    private int Find(scoped ref Utf8JsonReader reader, int expected)
    {
        if (expected < _names.Length && reader.ValueTextEquals(_names[expected])) return expected;
        for (var i = 0; i < _names.Length; i++)
        {
            if (reader.ValueTextEquals(_names[i])) return i;
        }

        return -1;
    }

    private void Write(int column, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> record)
    {
        var form = _forms[column];
        if (reader.TokenType == JsonTokenType.StartArray && form == ColumnForm.Array) AppendArray(column, ref reader, record);
        else if (form == ColumnForm.Json || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) AppendJson(column, Raw(ref reader, record));
        else if (reader.TokenType == JsonTokenType.String && form == ColumnForm.Bytes) AppendBytes(column, Text(column, ref reader));
        else if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped) _values.Append(reader.ValueSpan);
        else if (reader.TokenType == JsonTokenType.String) AppendEscaped(Text(column, ref reader));
        else if (form == ColumnForm.Integer && reader.TokenType == JsonTokenType.Number && reader.ValueSpan.IndexOfAny(".eE"u8) >= 0) AppendWhole(column, ref reader);
        else _values.Append(reader.ValueSpan);
    }

    private static ReadOnlySpan<byte> Raw(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> record)
    {
        var begin = (int)reader.TokenStartIndex;
        reader.Skip();
        return record[begin..(int)reader.BytesConsumed];
    }

    private ReadOnlySpan<byte> Text(int column, scoped ref Utf8JsonReader reader)
    {
        if (_text.Length < reader.ValueSpan.Length) _text = new byte[reader.ValueSpan.Length * 2];
        var text = _text.AsSpan(0, reader.CopyString(_text));
        return text.Contains((byte)0) && _nul == NulText.Fail ? throw RefuseNul(column) : text;
    }

    /// <summary>In a document NUL can only be escaped: as <c>\u0000</c> behind no other backslash, or behind an even number of them.</summary>
    private void AppendJson(int column, ReadOnlySpan<byte> json)
    {
        while (json.IndexOf(EscapedNul) is var escape and >= 0)
        {
            var backslashes = escape - (json[..escape].LastIndexOfAnyExcept((byte)'\\') + 1);
            var isNul = backslashes % 2 == 0;
            if (isNul && _nul == NulText.Fail) throw RefuseNul(column);
            AppendEscaped(json[..escape]);
            AppendEscaped(isNul ? "\\ufffd"u8 : EscapedNul);
            json = json[(escape + EscapedNul.Length)..];
        }

        AppendEscaped(json);
    }

    private void AppendEscaped(ReadOnlySpan<byte> text)
    {
        while (text.IndexOfAny(Escaped) is var escape and >= 0)
        {
            _values.Append(text[..escape]);
            _values.Append(text[escape] switch { (byte)'\\' => "\\\\"u8, (byte)'\n' => "\\n"u8, (byte)'\r' => "\\r"u8, (byte)'\t' => "\\t"u8, _ => "\uFFFD"u8 });
            text = text[(escape + 1)..];
        }

        _values.Append(text);
    }

    private void AppendWhole(int column, scoped ref Utf8JsonReader reader)
    {
        if (!reader.TryGetDecimal(out var number) || number != decimal.Truncate(number)) throw Refuse(column, "holds a number that is not whole");
        _values.Append(Encoding.ASCII.GetBytes(number.ToString("F0", CultureInfo.InvariantCulture)));
    }

    private void AppendBytes(int column, ReadOnlySpan<byte> base64)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, bytes, out _, out var count) != OperationStatus.Done) throw Refuse(column, "holds text that is not base64");
        _values.Append("\\\\x"u8);
        _values.Append(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes.AsSpan(0, count))));
    }

    /// <summary>PostgreSQL's <c>{1,2,NULL,"text"}</c>: elements stand in quotes, in which quotes and backslashes are escaped; and all of that once more for COPY.</summary>
    private void AppendArray(int column, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> record)
    {
        _values.Append((byte)'{');
        for (var isFirst = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; isFirst = false)
        {
            if (!isFirst) _values.Append((byte)',');
            if (reader.TokenType == JsonTokenType.StartArray) AppendArray(column, ref reader, record);
            else if (reader.TokenType == JsonTokenType.Null) _values.Append("NULL"u8);
            else AppendElement(reader.TokenType == JsonTokenType.String ? Text(column, ref reader) : Raw(ref reader, record));
        }

        _values.Append((byte)'}');
    }

    private void AppendElement(ReadOnlySpan<byte> text)
    {
        _values.Append((byte)'"');
        while (text.IndexOfAny((byte)'"', (byte)'\\') is var escape and >= 0)
        {
            AppendEscaped(text[..escape]);
            _values.Append("\\\\"u8);
            AppendEscaped(text.Slice(escape, 1));
            text = text[(escape + 1)..];
        }

        AppendEscaped(text);
        _values.Append((byte)'"');
    }

    private PluginException RefuseNul(int column) => Refuse(column, "holds the character NUL, which PostgreSQL cannot keep; `nul: replace` makes it U+FFFD");

    private PluginException Refuse(int column, string what) => new($"'{_stream}': the field '{Encoding.UTF8.GetString(_names[column])}' {what}");
}
