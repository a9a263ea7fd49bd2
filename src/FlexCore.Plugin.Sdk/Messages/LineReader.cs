namespace FlexCore.Sdk.Messages;

/// <summary>Lines of a stream of bytes, in a buffer that is used again.</summary>
/// <param name="source">Where they come from.</param>
/// <param name="longest">The most bytes of one line.</param>
public sealed class LineReader(Stream source, int longest)
{
    private byte[] _buffer = new byte[256 * 1024];
    private int _begin;
    private int _end;
    private int _searched;
    private Task<bool>? _filling;

    /// <summary>Number of the last line that was taken, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Takes the next line out of what was read.</summary>
    /// <param name="line">Without its newline; valid until the next call of anything here.</param>
    /// <returns>False when more must be read first.</returns>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        var rest = _buffer.AsSpan(_searched, _end - _searched);
        var length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        line = _buffer.AsSpan(_begin, _searched + length - _begin);
        _begin = _searched = _searched + length + 1;
        Number++;
        return true;
    }

    /// <summary>The bytes behind the last newline, when nothing more comes.</summary>
    public ReadOnlySpan<byte> TakeRest()
    {
        var rest = _buffer.AsSpan(_begin, _end - _begin);
        _begin = _searched = _end;
        if (rest.Length > 0) Number++;
        return rest;
    }

    /// <summary>Reads more. While a task of it is under way, further calls give the same one.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="PluginException">A line is too long.</exception>
    public Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_filling is { IsCompleted: false }) return _filling;
        return _filling = ReadAsync(cancellationToken);
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_searched, _end, _begin) = (_searched - _begin, _end - _begin, 0);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= longest) throw new PluginException($"line {Number + 1} is longer than {longest} bytes");
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, longest));
        }

        var count = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
