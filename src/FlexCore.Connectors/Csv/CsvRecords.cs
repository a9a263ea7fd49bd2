using System.Text;
using System.Text.Unicode;
using FlexCore.Sdk;
using FlexCore.Sdk.Messages;

namespace FlexCore.Connectors.Csv;

/// <summary>Rows as JSON objects.</summary>
internal sealed class CsvRecords
{
    private readonly Column[] _columns;
    private readonly int _width;
    private readonly byte[] _null;

    public CsvRecords(CsvTable table, IReadOnlyList<string> fields, byte[] @null)
    {
        (_width, _null) = (table.Columns.Count, @null);
        _columns = [.. table.Columns.Select((name, index) => (Name: name, Index: index)).Where(column => fields.Contains(column.Name)).Select((column, order) =>
            new Column(column.Name, column.Index, Prefix(column.Name, order), table.Types[column.Index], table.Keys.Contains(column.Name)))];
    }

    /// <exception cref="PluginException">The row does not fit.</exception>
    public void Write(CsvReader reader, SingerBuffer buffer)
    {
        if (reader.Count != _width) throw new PluginException($"it has {reader.Count} fields, the header has {_width}");
        if (!Utf8.IsValid(reader.Row)) throw new PluginException("it is not UTF-8");
        foreach (var column in _columns)
        {
            buffer.Append(column.Prefix);
            Write(column, reader.Field(column.Index, out var hasDoubledQuotes), hasDoubledQuotes, buffer);
        }

        if (_columns.Length == 0) buffer.Append((byte)'{');
        buffer.Append((byte)'}');
    }

    private void Write(Column column, ReadOnlySpan<byte> text, bool hasDoubledQuotes, SingerBuffer buffer)
    {
        if (text.SequenceEqual(_null))
        {
            if (column.IsKey) throw new PluginException($"the key column '{column.Name}' is null");
            buffer.Append("null"u8);
        }
        else if (column.Type == CsvType.Text) WriteText(text, hasDoubledQuotes, buffer);
        else if (CsvLiterals.IsValid(column.Type, text)) buffer.Append(text);
        else if (text.IsEmpty && !column.IsKey) buffer.Append("null"u8);
        else throw new PluginException($"column '{column.Name}' holds '{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 100)])}', which is no {column.Type.ToString().ToLowerInvariant()}");
    }

    private static void WriteText(ReadOnlySpan<byte> text, bool hasDoubledQuotes, SingerBuffer buffer)
    {
        if (!hasDoubledQuotes)
        {
            buffer.AppendString(text);
            return;
        }

        buffer.Append((byte)'"');
        while (text.IndexOf((byte)'"') is var quote and >= 0)
        {
            buffer.AppendEscaped(text[..(quote + 1)]);
            text = text[(quote + 2)..];
        }

        buffer.AppendEscaped(text);
        buffer.Append((byte)'"');
    }

    private static byte[] Prefix(string name, int order)
    {
        var prefix = new SingerBuffer();
        prefix.Append(order == 0 ? (byte)'{' : (byte)',');
        prefix.AppendString(name);
        prefix.Append((byte)':');
        return prefix.Written.ToArray();
    }

    /// <summary>A column that is wanted.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Index">In the row.</param>
    /// <param name="Prefix">What stands before its value.</param>
    /// <param name="Type">What it holds.</param>
    /// <param name="IsKey">Whether it identifies the record.</param>
    private sealed record Column(string Name, int Index, byte[] Prefix, CsvType Type, bool IsKey);
}
