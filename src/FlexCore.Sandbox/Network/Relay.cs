using System.Buffers;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// Passes bytes between two connected sockets, both ways: an end passes on as an end, anything worse as a reset. The slower side holds the
/// faster one back; only what it has not taken yet is kept, at most one buffer.
/// </summary>
internal sealed class Relay(SocketLoop loop, LoopSocket program, LoopSocket destination)
{
    private const long Turn = 1024 * 1024;

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>Passes on what the program sends, up to its end.</summary>
    public Task SendAsync() => PassAsync(program, destination, count => BytesSent += count);

    /// <summary>Passes on what the destination sends, up to its end.</summary>
    public Task ReceiveAsync() => PassAsync(destination, program, count => BytesReceived += count);

    private async Task PassAsync(LoopSocket from, LoopSocket to, Action<int> count)
    {
        BulkPipe? bulk = null;
        try
        {
            for (var turn = 0L; ;)
            {
                var received = bulk is null ? from.Receive(loop.Buffer) : from.MoveInto(bulk.In, BulkPipe.Size);
                if (received == 0) break;
                if (received < 0)
                {
                    await from.WhenReadable();
                    turn = 0;
                    continue;
                }

                if (bulk is not null) await bulk.PassAsync(to, received).ConfigureAwait(false);
                else if (to.Send(loop.Buffer.AsSpan(0, received)) is var sent && sent < received) await PassRestAsync(to, loop.Buffer.AsSpan(sent, received - sent)).ConfigureAwait(false);
                count(received);
                if (received == loop.Buffer.Length) bulk ??= BulkPipe.TryCreate(); // There is much, so it is worth its descriptors.
                turn += received;
                if (turn < Turn) continue;
                await loop.Yield();
                turn = 0;
            }

            to.EndSending();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody may take what has come so far for all there was.
            program.Reset();
            destination.Reset();
        }
        finally
        {
            bulk?.Dispose();
        }
    }

    private static Task PassRestAsync(LoopSocket to, ReadOnlySpan<byte> rest)
    {
        // The buffer is the next one's as soon as this waits.
        var kept = ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(kept);
        return PassKeptAsync(to, kept, rest.Length);
    }

    private static async Task PassKeptAsync(LoopSocket to, byte[] kept, int length)
    {
        try
        {
            for (var sent = 0; sent < length; sent += to.Send(kept.AsSpan(sent, length - sent))) await to.WhenWritable();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(kept);
        }
    }
}
