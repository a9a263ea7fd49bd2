namespace FlexCore.EventStore.Import;

/// <summary>The lines of a file, one in memory at a time.</summary>
internal sealed class LogLines(Stream file)
{
    // The two contents of an event have at most 16 MiB each, a third more as base64; what stands around them is small.
    private const int MaxLength = 48 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The line that was read last, counted from 1.</summary>
    public long Number { get; private set; }

    /// <returns>The line without its end, valid until the next one is read; null at the end of the file.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        while (true)
        {
            var newLine = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (newLine >= 0) return Take(searched + newLine, separator: 1);
            searched = _end;
            if (_end - _start > MaxLength) throw new LogFileException(Number + 1, $"it is longer than {MaxLength / 1024 / 1024} MiB.");
            searched -= MakeRoom();
            var read = await file.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            if (read == 0) return _end == _start ? (ReadOnlyMemory<byte>?)null : Take(_end, separator: 0);
        }
    }

    private ReadOnlyMemory<byte> Take(int end, int separator)
    {
        var line = _buffer.AsMemory(_start, end - _start);
        _start = end + separator;
        Number++;
        return line;
    }

    /// <returns>By how much what is in the buffer has moved towards its beginning.</returns>
    private int MakeRoom()
    {
        if (_end < _buffer.Length) return 0;
        var moved = _start;
        var buffer = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(buffer);
        (_buffer, _start, _end) = (buffer, 0, _end - moved);
        return moved;
    }
}
