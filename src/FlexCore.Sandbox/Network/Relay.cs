using System.Buffers;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// Passes bytes between two connected sockets, both ways: an end passes on as an end, a reset as a reset. The slower side holds the
/// faster one back; one that is silent costs neither a buffer nor a thread.
/// </summary>
internal sealed class Relay(Socket program, Socket destination, LargeBuffers buffers)
{
    private const int SmallBuffer = 16 * 1024;

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>Passes on what the program sends, up to its end.</summary>
    public Task SendAsync() => PassAsync(program, destination, count => BytesSent += count);

    /// <summary>Passes on what the destination sends, up to its end.</summary>
    public Task ReceiveAsync() => PassAsync(destination, program, count => BytesReceived += count);

    private async Task PassAsync(Socket from, Socket to, Action<int> count)
    {
        try
        {
            var full = false;
            while (await PassPieceAsync(from, to, full).ConfigureAwait(false) is var passed && passed.Bytes > 0)
            {
                count(passed.Bytes);
                full = passed.IsFull;
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody may take what has come so far for all there was: both connections are reset.
            program.Close(timeout: 0);
            destination.Close(timeout: 0);
        }
    }

    private async ValueTask<(int Bytes, bool IsFull)> PassPieceAsync(Socket from, Socket to, bool isFast)
    {
        // Waits without a buffer.
        await from.ReceiveAsync(Memory<byte>.Empty).ConfigureAwait(false);

        var isLarge = isFast && buffers.TryTake();
        var buffer = ArrayPool<byte>.Shared.Rent(isLarge ? LargeBuffers.Size : SmallBuffer);
        try
        {
            var count = await from.ReceiveAsync(buffer).ConfigureAwait(false);
            for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent)).ConfigureAwait(false);
            return (count, count == buffer.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (isLarge) buffers.GiveBack();
        }
    }
}
