using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Pipes;

/// <summary>epoll(7), each descriptor for one event.</summary>
internal static unsafe partial class Epoll
{
    /// <summary>The descriptor can be read, or its other end has been closed.</summary>
    public const uint Readable = 1;

    /// <summary>The descriptor can be written, or its other end has been closed.</summary>
    public const uint Writable = 4;

    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Remove = 2;
    private const int MaxEvents = 64;

    // struct epoll_event is packed on x86-64 and on no other architecture.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int KeyOffset = EventSize - sizeof(long);

    private static readonly SafeFileHandle Instance = new(Create(CloseOnExec), ownsHandle: true);

    /// <summary>Watches a descriptor; <paramref name="key"/> is what waiting gives back for it. It must not be watched already.</summary>
    public static void Watch(SafeFileHandle fd, uint events, long key)
    {
        var @event = stackalloc byte[EventSize];
        *(uint*)@event = events;
        *(long*)(@event + KeyOffset) = key;
        Libc.ThrowIfFailed(Control(Instance, Add, fd, @event), "epoll_ctl");
    }

    /// <summary>Watches it no longer.</summary>
    public static void Forget(SafeFileHandle fd)
    {
        var none = stackalloc byte[EventSize];
        _ = Control(Instance, Remove, fd, none);
    }

    /// <summary>Waits for events and names their descriptors.</summary>
    public static int Wait(Span<long> keys)
    {
        var count = Math.Min(keys.Length, MaxEvents);
        var events = stackalloc byte[EventSize * MaxEvents];
        var ready = Wait(Instance, events, count, timeout: -1);
        if (ready < 0 && Marshal.GetLastPInvokeError() != Libc.EINTR) throw Libc.LastError("epoll_wait");
        for (var i = 0; i < ready; i++) keys[i] = *(long*)(events + (i * EventSize) + KeyOffset);
        return Math.Max(ready, 0);
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial nint Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle epoll, int operation, SafeFileHandle fd, byte* @event);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeFileHandle epoll, byte* events, int maxEvents, int timeout);
}
