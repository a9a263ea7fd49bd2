namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>Any number of bytes, each of which tells where it is, made as they are read.</summary>
/// <param name="length">How many.</param>
internal sealed class LongContent(long length) : Stream
{
    private const int LookEvery = 20 * 1024 * 1024;

    private long _read;

    /// <summary>Called now and then while it is read.</summary>
    public required Action Looked { get; init; }

    /// <summary>How often that was.</summary>
    public int Looks { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static bool IsPiece(ReadOnlySpan<byte> piece, long from)
    {
        for (var index = 0; index < piece.Length; index++)
        {
            if (piece[index] != At(from + index)) return false;
        }

        return true;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var some = (int)Math.Min(count, length - _read);
        for (var index = 0; index < some; index++) buffer[offset + index] = At(_read + index);
        if (_read / LookEvery != (_read + some) / LookEvery)
        {
            Looks++;
            Looked();
        }

        _read += some;
        return some;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte At(long position) => (byte)((position * 31) ^ (position >> 13));
}
