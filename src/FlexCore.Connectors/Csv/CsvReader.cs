using FlexCore.Sdk;

namespace FlexCore.Connectors.Csv;

/// <summary>Rows of CSV (RFC 4180) as bytes, in a buffer that is used again. Blank lines are left out; lines end with CR, LF or both.</summary>
/// <param name="source">The file, from the beginning of a row on.</param>
/// <param name="delimiter">Between fields.</param>
/// <param name="offset">Where in the file that is.</param>
internal sealed class CsvReader(Stream source, byte delimiter, long offset)
{
    private const int LongestRow = 64 * 1024 * 1024;

    private readonly List<Place> _fields = [];
    private byte[] _buffer = new byte[1024 * 1024];
    private long _offset = offset;
    private int _begin;
    private int _end;
    private bool _isAtEnd;

    private enum Result
    {
        Row,
        NeedsMore,
    }

    /// <summary>How many fields the row has.</summary>
    public int Count => _fields.Count;

    /// <summary>Where in the file the next row begins.</summary>
    public long Offset => _offset + _begin;

    /// <summary>The row as it stands there.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(RowBegin, _begin - RowBegin);

    private int RowBegin { get; set; }

    /// <summary>A field's text between its quotes, and whether each quote in it is there twice.</summary>
    public ReadOnlySpan<byte> Field(int index, out bool hasDoubledQuotes)
    {
        var field = _fields[index];
        hasDoubledQuotes = field.HasDoubledQuotes;
        return _buffer.AsSpan(RowBegin + field.Begin, field.Length);
    }

    /// <summary>Goes on to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="PluginException">It is no CSV.</exception>
    public ValueTask<bool> NextAsync(CancellationToken cancellationToken) => TryRead() ? new(true) : FillAndReadAsync(cancellationToken);

    private async ValueTask<bool> FillAndReadAsync(CancellationToken cancellationToken)
    {
        while (await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryRead()) return true;
        }

        return false;
    }

    private bool TryRead()
    {
        while (_begin < _end && _buffer[_begin] is (byte)'\n' or (byte)'\r') _begin++;
        RowBegin = _begin;
        return _begin < _end && Parse() == Result.Row;
    }

    /// <summary>Reads more of the file; false when it has ended, and nothing is left of it.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_isAtEnd) return false;
        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        _offset += _begin;
        (_end, _begin) = (_end - _begin, 0);
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= LongestRow) throw new PluginException($"a row is longer than {LongestRow / 1024 / 1024} MiB: a quote may be missing");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        _isAtEnd = count == 0;
        return !_isAtEnd || _begin < _end;
    }

    private Result Parse()
    {
        _fields.Clear();
        var row = _buffer.AsSpan(_begin, _end - _begin);
        var at = 0;
        while (true)
        {
            var isQuoted = at < row.Length && row[at] == (byte)'"';
            var next = isQuoted ? AfterQuoted(row, at) : AfterPlain(row, at);
            if (next < 0) return Result.NeedsMore;
            at = next;
            if (at < row.Length && row[at] == delimiter)
            {
                at++;
                if (at == row.Length && !_isAtEnd) return Result.NeedsMore;
                continue;
            }

            if (at < row.Length && row[at] is not ((byte)'\n' or (byte)'\r')) throw new PluginException("there is text between a closing quote and the end of its field");
            _begin += Math.Min(at + 1, row.Length);
            return Result.Row;
        }
    }

    private int AfterPlain(ReadOnlySpan<byte> row, int at)
    {
        var length = row[at..].IndexOfAny(delimiter, (byte)'\n', (byte)'\r');
        if (length < 0)
        {
            if (!_isAtEnd) return -1;
            length = row.Length - at;
        }

        _fields.Add(new Place(at, length, HasDoubledQuotes: false));
        return at + length;
    }

    private int AfterQuoted(ReadOnlySpan<byte> row, int at)
    {
        var (begin, end, doubled) = (at + 1, at + 1, false);
        while (true)
        {
            var quote = row[end..].IndexOf((byte)'"');
            if (quote < 0) return _isAtEnd ? throw new PluginException("a quoted field has no end") : -1;
            end += quote;
            if (end + 1 == row.Length && !_isAtEnd) return -1;
            if (end + 1 == row.Length || row[end + 1] != (byte)'"') break;
            doubled = true;
            end += 2;
        }

        _fields.Add(new Place(begin, end - begin, doubled));
        return end + 1;
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Place(int Begin, int Length, bool HasDoubledQuotes);
}
