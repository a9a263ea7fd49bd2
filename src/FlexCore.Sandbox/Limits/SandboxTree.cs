using System.Globalization;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Limits;

/// <summary>The processes of one sandbox, found from its first one. All others descend from it: it adopts the orphans among them.</summary>
internal sealed class SandboxTree : IDisposable
{
    private const int EndMilliseconds = 10_000;

    private readonly int _init;
    private readonly string? _pidNamespace;
    private readonly bool _isSupervised;
    private readonly SafeFileHandle _initHandle;

    private SandboxTree(int init, long? pidNamespace, bool isSupervised)
    {
        _init = init;
        _pidNamespace = pidNamespace is { } number ? $"pid:[{number}]" : null;
        _isSupervised = isSupervised;
        _initHandle = Libc.PidfdOpen(init);
    }

    /// <summary>Those of a pid namespace of their own.</summary>
    /// <param name="init">The first process of the sandbox.</param>
    /// <param name="parent">Its parent, which has not been reaped: a process of this pid with this parent is no other. It may have ended, though; then the namespace tells.</param>
    /// <param name="pidNamespace">The sandbox's own, if known.</param>
    public static SandboxTree OfNamespace(int init, int parent, long? pidNamespace)
    {
        var tree = new SandboxTree(init, pidNamespace, isSupervised: false);
        if (ProcessStat.Read(init)?.ParentPid != parent && !tree.IsInside(init))
        {
            tree._initHandle.Dispose();
        }

        return tree;
    }

    /// <summary>Those under a supervisor.</summary>
    /// <param name="supervisor">A child of ours that has not been reaped.</param>
    public static SandboxTree OfSupervisor(int supervisor) => new(supervisor, pidNamespace: null, isSupervised: true);

    public int Init => _init;

    private bool HasInit => _initHandle is { IsInvalid: false, IsClosed: false };

    /// <summary>All processes but the first, which only waits for the others.</summary>
    public List<int> Members()
    {
        // Not by recursion: how deep its processes nest is the sandbox's choice, and the stack is ours.
        var members = new List<int> { _init };
        for (var next = 0; next < members.Count; next++)
        {
            members.AddRange(Children(members[next]));
        }

        members.RemoveAt(0);
        return members;
    }

    /// <summary>Asks every process but the first to end, one that is paused too.</summary>
    /// <returns>False when there was none.</returns>
    public bool Terminate() => Signal(Libc.SIGTERM) | Signal(Libc.SIGCONT);

    /// <summary>Sends a signal to every process but the first.</summary>
    /// <returns>False when there was none.</returns>
    public bool Signal(int signal)
    {
        var any = false;
        foreach (var pid in Members())
        {
            using var handle = Libc.PidfdOpen(pid);
            if (!handle.IsInvalid && IsInside(pid))
            {
                any |= Libc.PidfdSendSignal(handle, signal);
            }
        }

        return any;
    }

    /// <summary>Ends every process: all end with the first. A supervisor is asked, and ends them before itself.</summary>
    public void Kill()
    {
        if (!HasInit) return;
        Libc.PidfdSendSignal(_initHandle, _isSupervised ? Libc.SIGTERM : Libc.SIGKILL);
        if (_isSupervised) Libc.PidfdSendSignal(_initHandle, Libc.SIGCONT);
    }

    /// <summary>Completes when the first process has gone; the kernel ends it only after all the others.</summary>
    public Task WhenEmptyAsync() => HasInit ? Task.WhenAny(Readiness.WhenReadableAsync(_initHandle), Task.Delay(EndMilliseconds)) : Task.CompletedTask;

    public void Dispose() => _initHandle.Dispose();

    // The pid may have been given to another process since it was listed; its handle is open now, so this settles it. Where the
    // namespace cannot be read, a normal user may go ahead: the kernel lets him signal none but his own processes.
    private bool IsInside(int pid)
    {
        if (_isSupervised) return Descends(pid);
        try
        {
            return _pidNamespace is not null && new FileInfo($"/proc/{pid}/ns/pid").LinkTarget is { } link
                ? link == _pidNamespace
                : !Environment.IsPrivilegedProcess;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !Environment.IsPrivilegedProcess;
        }
    }

    private bool Descends(int pid)
    {
        for (var at = ProcessStat.Read(pid)?.ParentPid ?? 0; at > 1; at = ProcessStat.Read(at)?.ParentPid ?? 0)
        {
            if (at == _init) return true;
        }

        return false;
    }

    private static IEnumerable<int> Children(int pid) =>
        from thread in ListThreads(pid)
        from child in ProcFile.Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        select int.Parse(child, CultureInfo.InvariantCulture);

    private static string[] ListThreads(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task");
        }
        catch (IOException)
        {
            return []; // It has just ended.
        }
    }
}
