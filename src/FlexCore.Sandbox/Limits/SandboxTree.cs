using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Limits;

/// <summary>The processes of one sandbox, found from its first one. All others descend from it: it adopts the orphans of its pid namespace.</summary>
internal sealed class SandboxTree : IDisposable
{
    private const int EndMilliseconds = 10_000;

    private readonly int _init;
    private readonly string? _pidNamespace;
    private readonly SafeFileHandle _initHandle;

    public SandboxTree(int init, long? pidNamespace)
    {
        _init = init;
        _pidNamespace = pidNamespace is { } number ? $"pid:[{number}]" : null;
        _initHandle = Libc.PidfdOpen(init);
    }

    public int Init => _init;

    /// <summary>All processes but the first, which only waits for the others.</summary>
    public List<int> Members()
    {
        var members = new List<int>();
        AddChildren(_init, members);
        return members;
    }

    /// <summary>Asks every process but the first to end.</summary>
    /// <returns>False when there was none.</returns>
    public bool Terminate()
    {
        var any = false;
        foreach (var pid in Members())
        {
            using var handle = Libc.PidfdOpen(pid);
            if (!handle.IsInvalid && IsInside(pid))
            {
                any |= Libc.PidfdSendSignal(handle, Libc.SIGTERM);
            }
        }

        return any;
    }

    /// <summary>Waits until the first process has gone; the kernel ends it only after all the others.</summary>
    public void WaitUntilEmpty()
    {
        if (!_initHandle.IsInvalid)
        {
            _ = Libc.WaitReadable(_initHandle, EndMilliseconds);
        }
    }

    public void Dispose() => _initHandle.Dispose();

    // The pid may have been given to another process since it was listed; its handle is open now, so this settles it. An
    // unreadable link means a process of ours that hides itself: as a normal user we can signal no other.
    private bool IsInside(int pid)
    {
        try
        {
            return _pidNamespace is null || new FileInfo($"/proc/{pid}/ns/pid").LinkTarget is not { } link || link == _pidNamespace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !Environment.IsPrivilegedProcess;
        }
    }

    private static void AddChildren(int pid, List<int> members)
    {
        foreach (var thread in ListThreads(pid))
        {
            foreach (var child in ProcFile.Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var number = int.Parse(child, CultureInfo.InvariantCulture);
                members.Add(number);
                AddChildren(number, members);
            }
        }
    }

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
