namespace FlexCore.Infrastructure.Files;

/// <summary>Some bytes of something that is read, of which all must come: an end before is a failure, and never taken for the end of the file.</summary>
internal sealed class FileSlice : Stream
{
    private readonly Stream _inner;
    private readonly long _length;
    private long _read;

    /// <param name="inner">Where they come from; disposed with this.</param>
    /// <param name="from">Where they begin in it; 0 where it stands there already.</param>
    /// <param name="length">How many there are.</param>
    public FileSlice(Stream inner, long from, long length)
    {
        (_inner, _length) = (inner, length);
        if (from > 0) inner.Seek(from, SeekOrigin.Begin);
    }

    /// <summary>Told what went wrong while reading, and says what it means.</summary>
    public Func<Exception, Exception> Translate { get; init; } = failure => failure;

    /// <summary>How long a read may take; null for as long as it takes.</summary>
    public (TimeSpan Limit, TimeProvider Time)? Patience { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, _length - _read);
        if (wanted == 0) return 0;
        using var limit = Patience is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = Patience is { } patience ? patience.Time.CreateTimer(source => ((CancellationTokenSource)source!).Cancel(), limit, patience.Limit, Timeout.InfiniteTimeSpan) : null;
        try
        {
            var read = await _inner.ReadAsync(buffer[..wanted], limit?.Token ?? cancellationToken);
            if (read == 0) throw new EndOfStreamException("the connection ended in the middle of the file");
            _read += read;

            // An answer looks at its sum when it has come to its end.
            if (_read == _length && Patience is not null && await _inner.ReadAsync(new byte[1], limit?.Token ?? cancellationToken) > 0) throw new IOException("there is more of the file than was said");
            return read;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw Translate(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var wanted = (int)Math.Min(count, _length - _read);
        if (wanted == 0) return 0;
        try
        {
            var read = _inner.Read(buffer, offset, wanted);
            if (read == 0) throw new EndOfStreamException("the connection ended in the middle of the file");
            _read += read;
            return read;
        }
        catch (Exception e)
        {
            throw Translate(e);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
