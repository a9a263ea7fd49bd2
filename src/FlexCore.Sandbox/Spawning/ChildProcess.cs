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
