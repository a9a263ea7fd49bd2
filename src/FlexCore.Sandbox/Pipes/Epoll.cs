using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Pipes;

/// <summary>epoll(7).</summary>
internal sealed unsafe partial class Epoll
{
    /// <summary>The descriptor can be read, or its other end has been closed.</summary>
    public const uint Readable = 1;

    /// <summary>The descriptor can be written, or its other end has been closed.</summary>
    public const uint Writable = 4;

    /// <summary>Something is wrong with it, or both ends have been closed. Always watched for.</summary>
    public const uint Broken = 8 | 16;

    /// <summary>The other end sends no more.</summary>
    public const uint Ended = 0x2000;

    /// <summary>Only changes are told, not states.</summary>
    public const uint Changes = 0x8000_0000;

    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Remove = 2;
    private const int MaxEvents = 64;

    // struct epoll_event is packed on x86-64 and on no other architecture.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int KeyOffset = EventSize - sizeof(long);

    private readonly SafeFileHandle _instance = Create(CloseOnExec);

    /// <summary>Watches a descriptor; <paramref name="key"/> is what waiting gives back for it. It must not be watched already.</summary>
    public void Watch(SafeHandle fd, uint events, long key)
    {
        var @event = stackalloc byte[EventSize];
        *(uint*)@event = events;
        *(long*)(@event + KeyOffset) = key;
        Libc.ThrowIfFailed(Control(_instance, Add, fd, @event), "epoll_ctl");
    }

    /// <summary>Watches it no longer.</summary>
    public void Forget(SafeHandle fd)
    {
        var none = stackalloc byte[EventSize];
        _ = Control(_instance, Remove, fd, none);
    }

    /// <summary>Waits for events, for ever or not at all.</summary>
    public int Wait(Span<EpollEvent> ready, bool forEver = true)
    {
        var most = Math.Min(ready.Length, MaxEvents);
        var events = stackalloc byte[EventSize * MaxEvents];
        var count = Wait(_instance, events, most, forEver ? -1 : 0);
        if (count < 0 && Marshal.GetLastPInvokeError() != Libc.EINTR) throw Libc.LastError("epoll_wait");
        for (var i = 0; i < count; i++) ready[i] = new EpollEvent(*(long*)(events + (i * EventSize) + KeyOffset), *(uint*)(events + (i * EventSize)));
        return Math.Max(count, 0);
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial SafeFileHandle Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle epoll, int operation, SafeHandle fd, byte* @event);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeFileHandle epoll, byte* events, int maxEvents, int timeout);
}

/// <summary>What has become of a descriptor.</summary>
/// <param name="Key">The key with which it is watched.</param>
/// <param name="Events">What is so now.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EpollEvent(long Key, uint Events);
