using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// A thread that waits for many sockets, and on which goes on whatever has awaited one of them: from a byte's arrival to its passing on
/// no other thread has to wake up. What runs here must never block, and needs no locks.
/// </summary>
internal sealed class SocketLoop
{
    private const long WakeKey = 0;
    private const int BufferSize = 64 * 1024;

    private static readonly Lazy<SocketLoop>[] Loops = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, 4)).Select(_ => new Lazy<SocketLoop>(() => new SocketLoop()))];
    private static uint _lastLoop;

    private readonly Epoll _epoll = new();
    private readonly Dictionary<long, LoopSocket> _sockets = [];
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly SafeFileHandle _woken;
    private readonly SafeFileHandle _wake;
    private readonly Thread _thread;
    private long _lastKey = WakeKey;

    private SocketLoop()
    {
        (_woken, _wake) = Libc.CreatePipe();
        Libc.SetNonBlocking(_woken);
        Libc.SetNonBlocking(_wake);
        _epoll.Watch(_woken, Epoll.Readable, WakeKey);
        _thread = new Thread(Run) { Name = "flexcore-network", IsBackground = true };
        _thread.UnsafeStart();
    }

    /// <summary>For what is done with bytes without waiting in between.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);

    private bool IsHere => Thread.CurrentThread == _thread;

    /// <summary>One of a few; each does the work of many sandboxes.</summary>
    public static SocketLoop Next() => Loops[Interlocked.Increment(ref _lastLoop) % Loops.Length].Value;

    /// <summary><c>await SwitchTo()</c> goes on here.</summary>
    public Switch SwitchTo() => new(this, isCompleted: IsHere);

    /// <summary><c>await Yield()</c> goes on here after the others have had their turn.</summary>
    public Switch Yield() => new(this, isCompleted: false);

    /// <summary>Watches a socket; only to be called here.</summary>
    public LoopSocket Watch(Socket socket)
    {
        var key = ++_lastKey;
        _epoll.Watch(socket.SafeHandle, Epoll.Readable | Epoll.Writable | Epoll.Ended | Epoll.Changes, key);
        return _sockets[key] = new LoopSocket(socket, forget: () => _sockets.Remove(key));
    }

    /// <summary>Does something here, from any thread.</summary>
    public unsafe void Post(Action action)
    {
        _posted.Enqueue(action);
        if (IsHere) return;
        byte any = 0;
        _ = Libc.Write(_wake, &any, 1); // A full pipe wakes as well.
    }

    private void Run()
    {
        Span<EpollEvent> ready = stackalloc EpollEvent[64];
        while (true)
        {
            foreach (var (key, events) in ready[.._epoll.Wait(ready, forEver: _posted.IsEmpty)])
            {
                if (key == WakeKey) Drain();
                else if (_sockets.TryGetValue(key, out var socket)) socket.Notify(events);
            }

            // Only those that are there now: each may post again.
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var action); left--) action();
        }
    }

    private unsafe void Drain()
    {
        fixed (byte* buffer = Buffer) _ = Libc.Read(_woken, buffer, BufferSize);
    }

    /// <summary>What is awaited.</summary>
    public readonly struct Switch(SocketLoop loop, bool isCompleted) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => isCompleted;

        public Switch GetAwaiter() => this;

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => loop.Post(continuation);

        public void GetResult()
        {
            // There is nothing to fail.
        }
    }
}
