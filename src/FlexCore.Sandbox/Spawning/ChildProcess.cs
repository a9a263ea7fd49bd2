using FlexCore.Sandbox.Pipes;

namespace FlexCore.Sandbox.Spawning;

/// <summary>A child of ours that is signalled only while its pid is certainly its own: until it has been reaped.</summary>
internal sealed class ChildProcess(int pid)
{
    private readonly Lock _lock = new();
    private bool _reaped;

    public int Pid => pid;

    /// <summary>Kills it.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool Kill()
    {
        lock (_lock)
        {
            return !_reaped && Libc.Kill(pid, Libc.SIGKILL) == 0;
        }
    }

    /// <summary>Waits for its end and removes the last trace of it.</summary>
    public async Task ReapAsync()
    {
        // Where the kernel has no handle for it, it has ended already or will at once: this is called when its output is closed.
        using var handle = Libc.PidfdOpen(pid);
        if (!handle.IsInvalid) await Readiness.WhenReadableAsync(handle).ConfigureAwait(false);
        Reap();
    }

    /// <summary>Waits for its end, blocking, and removes the last trace of it.</summary>
    public void Reap()
    {
        Libc.WaitUntilEnded(pid);
        lock (_lock)
        {
            _ = Libc.WaitPid(pid, out _, Libc.WNOHANG);
            _reaped = true;
        }
    }
}
