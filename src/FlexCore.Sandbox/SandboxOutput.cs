using System.Runtime.InteropServices;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>What a sandboxed program writes. For one reader at a time; waiting for a silent program takes no thread.</summary>
#pragma warning disable CA1710 // The other end of SandboxInput; that it is a stream shows in what it offers.
public sealed class SandboxOutput : Stream
#pragma warning restore CA1710
{
    private const int ForEver = -1;

    private readonly SafeFileHandle _read;
    private readonly long _limit;
    private readonly Action? _exceed;
    private long _total;

    /// <param name="read">The pipe.</param>
    /// <param name="limit">How many bytes there may be.</param>
    /// <param name="exceed">Told when there were more.</param>
    internal SandboxOutput(SafeFileHandle read, long limit = long.MaxValue, Action? exceed = null) => (_read, _limit, _exceed) = (read, limit, exceed);

    /// <summary>How many bytes have been read.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Whether the program has written what nobody has read yet.</summary>
    internal bool HasUnread => !_read.IsClosed && Libc.Ioctl(_read, Libc.FIONREAD, out var count) == 0 && count > 0;

    /// <inheritdoc/>
    public override bool CanRead => !_read.IsClosed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Pipes have none.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc cref="Length"/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what there is, waiting for it no longer than <paramref name="patience"/> milliseconds (-1: for ever).</summary>
    /// <returns>How many bytes; 0 at the end; -1 when nothing has come. Then <see cref="WhenReadableAsync"/> tells when to ask again.</returns>
    public unsafe int Read(Span<byte> buffer, int patience)
    {
        var waited = false;
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Libc.Read(_read, start, (nuint)buffer.Length);
                if (count >= 0) return Count((int)count);
                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.EINTR:
                        break;
                    case Libc.EAGAIN when patience == 0 || (patience > 0 && waited):
                        return -1;
                    case Libc.EAGAIN:
                        _ = Libc.Wait(_read, Libc.POLLIN, patience);
                        waited = true;
                        break;
                    default:
                        throw Libc.LastError("read");
                }
            }
        }
    }

    /// <summary>Completes when there is something to read, or the end has come.</summary>
    public Task WhenReadableAsync() => Readiness.WhenReadableAsync(_read);

    /// <summary>Reads what there is, waiting for it without a thread. A wish to cancel is heard between two reads.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Read(buffer.Span, patience: 0);
            if (count >= 0) return count;
            await WhenReadableAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Blocks until there is something to read.</summary>
    public override int Read(Span<byte> buffer) => Read(buffer, ForEver);

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count), ForEver);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc cref="Length"/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc cref="Length"/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc cref="Length"/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _read.Dispose();
        base.Dispose(disposing);
    }

    private int Count(int count)
    {
        var total = _total + count;
        Volatile.Write(ref _total, total);
        if (total > _limit) _exceed?.Invoke();
        return count;
    }
}
