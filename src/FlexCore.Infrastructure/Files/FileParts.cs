namespace FlexCore.Infrastructure.Files;

/// <summary>Reads content of unknown length in parts, one of which is in memory.</summary>
/// <param name="content">Is read to its end.</param>
/// <param name="size">Of a part.</param>
internal sealed class FileParts(Stream content, int size)
{
    // What can tell its length needs no more than that, and one byte to see the end.
    private readonly byte[] _buffer = new byte[content.CanSeek ? (int)Math.Clamp(content.Length - content.Position + 1, 1, size) : size];

    /// <summary>The next part. It holds until the next one is read.</summary>
    /// <returns>The part, and whether it is the last one, which may be empty.</returns>
    public async ValueTask<(ReadOnlyMemory<byte> Part, bool IsLast)> NextAsync(CancellationToken cancellationToken)
    {
        var length = await content.ReadAtLeastAsync(_buffer, _buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return (_buffer.AsMemory(0, length), length < _buffer.Length);
    }
}
