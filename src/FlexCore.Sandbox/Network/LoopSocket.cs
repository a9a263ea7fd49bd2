using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// A socket that its <see cref="SocketLoop"/> waits for; to be used on that thread alone. Try first and wait then: only what changes is told.
/// One may wait for reading and one for writing. Whoever waits when it is closed goes on and finds it so.
/// </summary>
internal sealed partial class LoopSocket(Socket socket, Action forget)
{
    private const int SOCK_NONBLOCK = 0x800;
    private const int SOCK_CLOEXEC = 0x80000;
    private const int MSG_DONTWAIT = 0x40;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int EINPROGRESS = 115;
    private const int NotNow = -1;

    private Action? _whenReadable;
    private Action? _whenWritable;
    private bool _closed;

    /// <summary>Accepts a connection; null when there is none now.</summary>
    /// <exception cref="IOException">There was one, which has gone again, or for which no descriptor is left.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public unsafe Socket? Accept()
    {
        var accepted = (int)Result(Accept(socket.SafeHandle, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept");
        return accepted == NotNow ? null : new Socket(new SafeSocketHandle(accepted, ownsHandle: true));
    }

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">There is no way to it.</exception>
    /// <exception cref="SocketException">It refused, or did not answer.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public async Task ConnectAsync(IPEndPoint destination)
    {
        socket.Blocking = false;
        if (!BeginConnect(destination.Serialize())) await WhenWritable();
        var error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != 0) throw new SocketException(error);
    }

    /// <summary>Reads what there is: 0 at the end, -1 when nothing is there now.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public unsafe int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer) return (int)Result(Receive(socket.SafeHandle, start, (nuint)buffer.Length, MSG_DONTWAIT), "recv");
    }

    /// <summary>Sends what there is room for: 0 when there is none now.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public unsafe int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return Math.Max(0, (int)Result(Send(socket.SafeHandle, start, (nuint)bytes.Length, MSG_DONTWAIT | MSG_NOSIGNAL), "send"));
    }

    /// <summary>Moves what there is into a pipe that is empty, without copying it: 0 at the end, -1 when nothing is there now.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public int MoveInto(SafeFileHandle pipe, int most) => (int)Result(Libc.Splice(socket.SafeHandle, pipe, (nuint)most), "splice");

    /// <summary>Sends what a pipe holds, as far as there is room: 0 when there is none now.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It has been closed.</exception>
    public int MoveFrom(SafeFileHandle pipe, int most) => Math.Max(0, (int)Result(Libc.Splice(pipe, socket.SafeHandle, (nuint)most), "splice"));

    /// <summary>Tells the other side that nothing more is sent.</summary>
    public void EndSending()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone, which reading will tell.
        }
    }

    public Wait WhenReadable() => new(this, forWriting: false);

    public Wait WhenWritable() => new(this, forWriting: true);

    /// <summary>Closes it. What was sent still arrives.</summary>
    public void Close() => Close(socket.Dispose);

    /// <summary>Breaks the connection: the other side cannot take it for an end.</summary>
    public void Reset() => Close(() => socket.Close(timeout: 0));

    /// <summary>Wakes who waits for what has happened.</summary>
    public void Notify(uint events)
    {
        if ((events & (Epoll.Readable | Epoll.Ended | Epoll.Broken)) != 0) Wake(ref _whenReadable);
        if ((events & (Epoll.Writable | Epoll.Broken)) != 0) Wake(ref _whenWritable);
    }

    private unsafe bool BeginConnect(SocketAddress address)
    {
        fixed (byte* start = address.Buffer.Span)
        {
            if (Connect(socket.SafeHandle, start, address.Size) == 0) return true;
        }

        return Marshal.GetLastPInvokeError() == EINPROGRESS ? false : throw Libc.LastError("connect");
    }

    private void Close(Action close)
    {
        if (_closed) return;
        _closed = true;
        forget();
        close();
        Wake(ref _whenReadable);
        Wake(ref _whenWritable);
    }

    private static void Wake(ref Action? waiting)
    {
        var action = waiting;
        waiting = null;
        action?.Invoke();
    }

    private static nint Result(nint result, string call) => result switch
    {
        >= 0 => result,
        _ when Marshal.GetLastPInvokeError() == Libc.EAGAIN => NotNow,
        _ => throw Libc.LastError(call),
    };

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static unsafe partial int Accept(SafeSocketHandle socket, void* address, void* addressLength, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static unsafe partial int Connect(SafeSocketHandle socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(SafeSocketHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(SafeSocketHandle socket, byte* buffer, nuint length, int flags);

    /// <summary>What is awaited.</summary>
    public readonly struct Wait(LoopSocket socket, bool forWriting) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => socket._closed;

        public Wait GetAwaiter() => this;

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            if (forWriting) socket._whenWritable = continuation;
            else socket._whenReadable = continuation;
        }

        public void GetResult()
        {
            // There is nothing to fail.
        }
    }
}
