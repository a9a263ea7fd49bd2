using FlexCore.Sandbox;

namespace FlexCore.Plugins;

/// <summary>Reads what a plugin says, line by line. Waiting for it takes no thread.</summary>
internal static class PipeLines
{
    private const int FirstBuffer = 4 * 1024;

    /// <summary>
    /// Reads to the end, and leaves the pipe open: one closed before the plugin has ended would make it die of its next write
    /// instead of by our signal, and one that nobody reads would make it hang. So when a line cannot be taken the rest is read and dropped.
    /// </summary>
    /// <param name="output">What the plugin writes.</param>
    /// <param name="limit">The longest line in bytes.</param>
    /// <param name="line">Takes one line, without its newline; the bytes are good until it returns.</param>
    /// <param name="beginning">Takes the first <paramref name="limit"/> bytes of a line that is longer; the rest of it is dropped.</param>
    public static async Task ReadAsync(SandboxOutput output, long limit, Action<ReadOnlyMemory<byte>> line, Action<ReadOnlyMemory<byte>> beginning)
    {
        try
        {
            await ReadLinesAsync(output, limit, line, beginning);
        }
        catch
        {
            await output.CopyToAsync(Stream.Null);
            throw;
        }
    }

    private static async Task ReadLinesAsync(SandboxOutput output, long limit, Action<ReadOnlyMemory<byte>> line, Action<ReadOnlyMemory<byte>> beginning)
    {
        var buffer = new byte[FirstBuffer];
        var filled = 0;
        var skipping = false;
        int read;
        while ((read = await output.ReadAsync(buffer.AsMemory(filled))) > 0)
        {
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (!skipping) line(buffer.AsMemory(start, length));
                skipping = false;
                start += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled < buffer.Length) continue;
            if (buffer.Length < limit)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit));
                continue;
            }

            if (!skipping) beginning(buffer);
            skipping = true;
            filled = 0;
        }

        if (filled > 0 && !skipping) line(buffer.AsMemory(0, filled));
    }
}
