using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Pipes;

/// <summary>
/// Tells when descriptors can be read or written: one thread waits for all of them, so that a thousand silent programs cost a
/// thousand small objects and no thread.
/// </summary>
internal static class Readiness
{
    private static readonly Epoll Descriptors = new();
    private static readonly ConcurrentDictionary<long, Waiter> Waiting = new();
    private static long _lastKey;

    static Readiness() => new Thread(Run) { Name = "flexcore-pipes", IsBackground = true }.Start();

    /// <summary>Completes when there is something to read, or never will be. Nobody else may wait for the same descriptor.</summary>
    public static Task WhenReadableAsync(SafeFileHandle fd) => WhenAsync(fd, Epoll.Readable);

    /// <summary>Completes when something can be written, or never will be. Nobody else may wait for the same descriptor.</summary>
    public static Task WhenWritableAsync(SafeFileHandle fd) => WhenAsync(fd, Epoll.Writable);

    private static Task WhenAsync(SafeFileHandle fd, uint events)
    {
        // Held open while it is waited for: its number must not come to mean another descriptor.
        var added = false;
        fd.DangerousAddRef(ref added);
        var key = Interlocked.Increment(ref _lastKey);
        var waiter = new Waiter(fd);
        Waiting[key] = waiter;
        try
        {
            Descriptors.Watch(fd, events, key);
        }
        catch
        {
            Waiting.TryRemove(key, out _);
            fd.DangerousRelease();
            throw;
        }

        return waiter.Ready.Task;
    }

    private static void Run()
    {
        Span<EpollEvent> ready = stackalloc EpollEvent[64];
        while (true)
        {
            foreach (var (key, _) in ready[..Descriptors.Wait(ready)]) Wake(key);
        }
    }

    private static void Wake(long key)
    {
        if (!Waiting.TryRemove(key, out var waiter)) return;
        Descriptors.Forget(waiter.Descriptor);
        waiter.Descriptor.DangerousRelease();
        waiter.Ready.SetResult();
    }

    private sealed record Waiter(SafeFileHandle Descriptor)
    {
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
