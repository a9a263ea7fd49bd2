using System.Runtime.InteropServices;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>The standard input of a sandboxed program. For one writer at a time; waiting for room takes no thread.</summary>
public sealed class SandboxInput
{
    private readonly Lock _lock = new();
    private readonly SafeFileHandle _write;
    private SafeFileHandle? _rest;
    private bool _closed;
    private long _written;

    internal SandboxInput(SafeFileHandle write) => _write = write;

    /// <summary>How many bytes have been written.</summary>
    internal long Written => Volatile.Read(ref _written);

    /// <summary>Whether nothing more will be written.</summary>
    internal bool IsComplete
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    /// <summary>Writes what there is room for, waiting for it no longer than <paramref name="patience"/> milliseconds.</summary>
    /// <returns>How many bytes; 0 when there was no room, and then <see cref="WhenWritableAsync"/> tells when to ask again; -1 when the program has closed its input or ended.</returns>
    /// <exception cref="ObjectDisposedException">The input was completed before.</exception>
    public unsafe int Write(ReadOnlySpan<byte> bytes, int patience)
    {
        var waited = false;
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var count = Libc.Write(_write, start, (nuint)bytes.Length);
                if (count >= 0)
                {
                    Volatile.Write(ref _written, _written + count);
                    return (int)count;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.EINTR:
                        break;
                    case Libc.EPIPE:
                        return -1;
                    case Libc.EAGAIN when patience == 0 || waited:
                        return 0;
                    case Libc.EAGAIN:
                        _ = Libc.Wait(_write, Libc.POLLOUT, patience);
                        waited = true;
                        break;
                    default:
                        throw Libc.LastError("write");
                }
            }
        }
    }

    /// <summary>Completes when there is room, or the program has closed its input.</summary>
    public Task WhenWritableAsync() => Readiness.WhenWritableAsync(_write);

    /// <summary>Writes all bytes; waiting for room takes no thread.</summary>
    /// <returns><see langword="false"/> when the program has closed its input or ended; some of the bytes may have been written.</returns>
    /// <exception cref="ObjectDisposedException">The input was completed before.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Write(bytes.Span, patience: 0);
            if (count < 0) return false;
            if (count == 0) await WhenWritableAsync().ConfigureAwait(false);
            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>Ends the input: the program reads what is left and then sees its end. Calling it again does nothing.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            // A reader of our own keeps the pipe alive after the program's end, so that what it left unread can be counted.
            var rest = Libc.Open($"/proc/self/fd/{_write.DangerousGetHandle()}", Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
            _rest = rest.IsInvalid ? null : rest;
            _closed = true;
            _write.Dispose();
        }
    }

    /// <summary>
    /// How much of what was written the program has not read, also after its end. The writing end stays open, so that a writer
    /// that has not noticed yet is told so by <see cref="Write"/>.
    /// </summary>
    internal long CountUnread()
    {
        lock (_lock)
        {
            return (_closed ? _rest : _write) is { IsClosed: false } pipe && Libc.Ioctl(pipe, Libc.FIONREAD, out var count) == 0 ? count : 0;
        }
    }

    internal void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _write.Dispose();
            _rest?.Dispose();
        }
    }
}
