namespace FlexCore.Infrastructure.Http;

/// <summary>Reads what somebody sends, up to a limit.</summary>
internal static class HttpBody
{
    /// <returns>What there is, and whether that is all.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Body, bool IsWhole)> ReadAsync(HttpContent content, long most, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > most) return (default, false);
        using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream((int)(content.Headers.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            if (body.Length + read > most) return (default, false);
            body.Write(buffer, 0, read);
        }

        return (body.GetBuffer().AsMemory(0, (int)body.Length), true);
    }
}
