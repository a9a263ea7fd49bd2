namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>Content that does not tell its length, and comes in pieces.</summary>
/// <param name="content">What there is.</param>
internal sealed class TestContent(byte[] content) : Stream
{
    private const int Piece = 70_000;

    private int _read;

    /// <summary>Called before each piece with how much there was.</summary>
    public Func<int, Task> Before { get; init; } = _ => Task.CompletedTask;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Before(_read);
        var length = Math.Min(Math.Min(buffer.Length, Piece), content.Length - _read);
        content.AsMemory(_read, length).CopyTo(buffer);
        _read += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
