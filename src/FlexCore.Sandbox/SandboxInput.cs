using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>The standard input of a sandboxed program. Writes block while the pipe is full and come from one thread.</summary>
public sealed unsafe class SandboxInput
{
    private readonly Lock _lock = new();
    private readonly SafeFileHandle _write;
    private SafeFileHandle? _rest;
    private bool _closed;

    internal SandboxInput(SafeFileHandle write) => _write = write;

    /// <summary>Writes all bytes.</summary>
    /// <returns><see langword="false"/> when the program has closed its input or ended; some of the bytes may have been written.</returns>
    /// <exception cref="ObjectDisposedException">The input was completed before.</exception>
    public bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var written = 0; written < bytes.Length;)
            {
                var count = Libc.Write(_write, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                    continue;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.EINTR:
                        continue;
                    case Libc.EPIPE:
                        return false;
                    default:
                        throw Libc.LastError("write");
                }
            }
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
    /// How much of what was written the program never read, asked after its end. The writing end stays open, so that a writer
    /// that has not noticed yet is told so by <see cref="TryWrite"/>.
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
