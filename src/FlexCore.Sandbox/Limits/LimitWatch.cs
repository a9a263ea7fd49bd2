using System.Diagnostics;

namespace FlexCore.Sandbox.Limits;

/// <summary>Looks from time to time at those limits of one sandbox that the kernel does not keep. Used by one caller at a time.</summary>
/// <param name="limits">The limits.</param>
/// <param name="keepsCpus">Whether the kernel keeps <see cref="SandboxLimits.Cpus"/>; otherwise the program is paused here.</param>
/// <param name="input">What the program reads.</param>
/// <param name="output">What it writes.</param>
/// <param name="error">What else it writes.</param>
/// <param name="tmp">The folder that holds its temporary files and its home, where that is one of the host.</param>
internal sealed class LimitWatch(SandboxLimits limits, bool keepsCpus, SandboxInput input, SandboxOutput output, SandboxOutput error, SandboxDiskLimit? tmp = null)
{
    private const int None = -1;
    private static readonly TimeSpan CpuInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DiskInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestIdleInterval = TimeSpan.FromSeconds(1);

    /// <summary>A long look at a large folder is followed by a longer pause.</summary>
    private const int PausePerLook = 10;

    private TimeSpan _diskDue;
    private TimeSpan _activeAt;
    private long _passed = -1;
    private TimeSpan _pausedAt;
    private bool _isPaused;

    private bool WatchesCpus => limits.Cpus is not null && !keepsCpus;

    /// <summary>How long the program was paused.</summary>
    public TimeSpan PausedTime { get; private set; }

    /// <summary>In how many milliseconds to look again; -1 when there is nothing to look at.</summary>
    /// <param name="elapsed">Since the program began.</param>
    public int NextLook(TimeSpan elapsed)
    {
        IEnumerable<TimeSpan?> next =
        [
            limits.Time - elapsed,
            limits.Idle is { } idle ? Sooner(idle / 4, LongestIdleInterval) : null,
            limits.Disk is null && tmp is null ? null : _diskDue - elapsed,
            WatchesCpus ? CpuInterval : null,
        ];
        return next.Min() is { } soonest ? (int)Math.Clamp(Math.Ceiling(soonest.TotalMilliseconds), 1, int.MaxValue) : None;
    }

    /// <summary>Looks.</summary>
    /// <param name="tree">The program's processes.</param>
    /// <param name="elapsed">Since it began.</param>
    /// <param name="cpuTime">What it has used.</param>
    /// <returns>The limit that it exceeds; null while there is none.</returns>
    public SandboxLimit? Look(SandboxTree tree, TimeSpan elapsed, TimeSpan cpuTime)
    {
        if (elapsed >= limits.Time) return SandboxLimit.Time;
        if (limits.Idle is { } idle && IdleTime(elapsed) >= idle) return SandboxLimit.Idle;
        if (elapsed >= _diskDue && LookAtDisk(elapsed) is { } full) return full;
        if (WatchesCpus) Pace(tree, elapsed, cpuTime);
        return null;
    }

    private TimeSpan IdleTime(TimeSpan elapsed)
    {
        var unread = input.CountUnread();
        var passed = output.Total + error.Total + input.Written - unread;
        var waitsForUs = output.HasUnread || error.HasUnread || (unread == 0 && !input.IsComplete);
        if (passed != _passed || waitsForUs) (_passed, _activeAt) = (passed, elapsed);
        return elapsed - _activeAt;
    }

    private SandboxLimit? LookAtDisk(TimeSpan elapsed)
    {
        var started = Stopwatch.GetTimestamp();
        SandboxLimit? full = IsOver(limits.Disk) ? SandboxLimit.Disk : IsOver(tmp) ? SandboxLimit.Tmp : null;
        var pause = Stopwatch.GetElapsedTime(started) * PausePerLook;
        _diskDue = elapsed + (pause > DiskInterval ? pause : DiskInterval);
        return full;

        static bool IsOver(SandboxDiskLimit? disk) => disk is not null && FolderSize.Measure(disk.Folder, disk.Bytes) > disk.Bytes;
    }

    /// <summary>Stops the program while it has had more than its share since it began, and lets it go on when it has not.</summary>
    private void Pace(SandboxTree tree, TimeSpan elapsed, TimeSpan cpuTime)
    {
        var isAhead = cpuTime > (elapsed + CpuInterval) * limits.Cpus!.Value;
        if (_isPaused) PausedTime += elapsed - _pausedAt;
        _pausedAt = elapsed;

        // Again each time: processes may have been started since.
        if (isAhead) tree.Signal(Libc.SIGSTOP);
        else if (_isPaused) tree.Signal(Libc.SIGCONT);
        _isPaused = isAhead;
    }

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
