using FlexCore.Sandbox.Bubblewrap;
using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Pipes;
using FlexCore.Sandbox.Spawning;

namespace FlexCore.Sandbox;

/// <summary>A program running in its sandbox. All members may be used from any thread; disposing it kills what still runs.</summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    private const int SetUpPollMilliseconds = 100;
    private static readonly TimeSpan SetUpLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _killLock = new();

    private readonly TaskCompletionSource<SandboxExit> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChildProcess _wrapper;
    private readonly SandboxPipes _pipes;
    private readonly SandboxResources _resources;
    private readonly SandboxLimits _limits;
    private readonly LimitWatch _watch;
    private readonly HeldSpec? _heldFor; // Null when it was never held.
    private readonly TimeProvider _timeProvider;
    private readonly long _started;
    private readonly TaskCompletionSource<int?> _initPid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _networkIsOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SandboxTree? _tree;
    private volatile bool _stopping;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SandboxLimit? _exceeded;
    private long _began;
    private bool _held;
    private bool _killed;

    internal SandboxProcess(SandboxSpec spec, HeldSpec? held, ChildProcess wrapper, SandboxPipes pipes, SandboxResources resources, TimeProvider timeProvider)
    {
        Name = spec.Name;
        Level = spec.Place.Level;
        _held = held is not null;
        _heldFor = held;
        _wrapper = wrapper;
        _pipes = pipes;
        _resources = resources;
        _timeProvider = timeProvider;
        _started = timeProvider.GetTimestamp();
        Input = new SandboxInput(pipes.Input);
        Output = new SandboxOutput(pipes.Output, spec.Limits.OutputBytes ?? long.MaxValue, () => Exceed(SandboxLimit.Output));
        Error = new SandboxOutput(pipes.Error, spec.Limits.ErrorBytes ?? long.MaxValue, () => Exceed(SandboxLimit.Error));
        _limits = spec.Limits;
        var tmp = IsSupervised ? new SandboxDiskLimit(spec.Place.Folder, 2 * spec.Limits.TmpBytes) : null; // /tmp, and as much again for the home
        _watch = new LimitWatch(spec.Limits, resources.Limits.KeepsCpus, Input, Output, Error, tmp);
        _ = MonitorAsync();
    }

    /// <summary>The name given in the specification.</summary>
    public string Name { get; }

    /// <summary>What keeps it apart.</summary>
    public SandboxLevel Level { get; }

    /// <summary>What level <c>sandbox</c> has and this one has not; empty at that level.</summary>
    public IReadOnlyList<string> Missing => SandboxPlace.MissingAt(Level);

    /// <summary>The uid under which the host knows the program; <see langword="null"/> when it is that of the runtime, a normal user.</summary>
    public int? HostUid => _resources.Uid?.Uid;

    /// <summary>The program's standard input.</summary>
    public SandboxInput Input { get; }

    /// <summary>The program's standard output.</summary>
    public SandboxOutput Output { get; }

    /// <summary>The program's standard error, and bubblewrap's or the supervisor's own when the sandbox cannot be set up.</summary>
    public SandboxOutput Error { get; }

    /// <summary>Completes when every process of the sandbox is gone. It never fails because of the program.</summary>
    public Task<SandboxExit> Completion => _completion.Task;

    /// <summary>The first process of the sandbox, as the host numbers it; null when there never was one.</summary>
    internal Task<int?> InitPid => _initPid.Task;

    private bool IsSupervised => Level != SandboxLevel.Sandbox;

    /// <summary>Whether it is held, and what it was set up for is still what one started now for this specification would see and have.</summary>
    public bool IsHeldFor(SandboxSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return _heldFor is { } held && held.IsStill(spec) && !Completion.IsCompleted;
    }

    /// <summary>Lets the program of a sandbox begin that was held (<see cref="SandboxHost.HoldAsync"/>); its time counts from now. Does nothing for any other.</summary>
    public void Release()
    {
        lock (_killLock)
        {
            if (!_held) return;
            _held = false;
            if (_tree is not null && !_killed) LetBegin();
        }
    }

    /// <summary>Asks every process of the sandbox to end (SIGTERM). Before its program has started there is nobody to ask, and it is killed.</summary>
    public void Terminate()
    {
        if (Completion.IsCompleted)
        {
            return;
        }

        _stopping = true;
        if (_tree?.Terminate() is not true)
        {
            KillAll();
        }
    }

    /// <summary>Ends every process of the sandbox at once.</summary>
    public void Kill()
    {
        if (!Completion.IsCompleted)
        {
            _stopping = true;
            KillAll();
        }
    }

    /// <summary>Asks the sandbox to end, and kills it when it takes longer than allowed. Returns when it is gone.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        Terminate();
        try
        {
            await Completion.WaitAsync(grace, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
            await Completion.ConfigureAwait(false);
        }
    }

    /// <summary>What the sandbox uses now; after its end, what it had used.</summary>
    public SandboxUsage ReadUsage() => WithPauses(_resources.Limits.Measure(_tree).Usage);

    /// <summary>Kills the sandbox if it still runs, waits for its end and closes its pipes.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Completion.ConfigureAwait(false);
        Input.Dispose();
        _pipes.Dispose();
    }

    /// <summary>
    /// Kills bubblewrap and the sandbox's first process, with which all others end. While the sandbox is being set up its first
    /// process would outlive bubblewrap, so until it is known this only leaves a note for <see cref="WatchAsync"/>. A supervisor ends
    /// the others before itself.
    /// </summary>
    private void KillAll()
    {
        lock (_killLock)
        {
            _killed = true;
            if (_tree is { } tree)
            {
                if (IsSupervised) _resources.Limits.Kill();
                else _wrapper.Kill();
                tree.Kill();
            }
        }
    }

    /// <summary>Returns once the sandbox has the network that it was granted, and its program begins. Otherwise it ends the sandbox.</summary>
    internal async Task WhenNetworkIsOpenAsync(CancellationToken ct)
    {
        try
        {
            await _networkIsOpen.Task.WaitAsync(ct).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task BeginAsync(SandboxTree tree, long? networkNamespace)
    {
        try
        {
            if (_resources.Network is { } network) await network.OpenAsync(tree.Init, networkNamespace).ConfigureAwait(false);
            _networkIsOpen.TrySetResult();
        }
        catch (SandboxUnavailableException e)
        {
            _networkIsOpen.TrySetException(e);
            Kill();
        }

        Begin(tree);
    }

    private void Begin(SandboxTree tree)
    {
        lock (_killLock)
        {
            _tree = tree;
            _initPid.SetResult(tree.Init);
            if (_killed) KillAll();
            else if (!_held) LetBegin();
        }
    }

    private unsafe void LetBegin()
    {
        _began = _timeProvider.GetTimestamp();
        _begun.SetResult();
        var line = (byte)'\n';
        _ = Libc.Write(_pipes.Start, &line, 1);
    }

    private async Task MonitorAsync()
    {
        try
        {
            _completion.SetResult(await WatchAsync().ConfigureAwait(false));
        }
        catch (Exception e) // A bug of ours: it belongs to whoever waits for this sandbox, and not to the whole runtime.
        {
            _wrapper.Kill();
            _initPid.TrySetResult(null);
            _networkIsOpen.TrySetException(e);
            _completion.SetException(e);
        }
    }

    private async Task<SandboxExit> WatchAsync()
    {
        var limits = _resources.Limits;
        using var status = new StatusPipe(_pipes.Status);
        var readable = status.WhenReadableAsync();
        while (true)
        {
            await Task.WhenAny(readable, WhenToLookAsync(limits)).ConfigureAwait(false);
            var timedOut = !readable.IsCompleted;
            if (!timedOut)
            {
                if (!status.Read()) break;
                readable = status.WhenReadableAsync();
            }

            if (_tree is null && status.ChildPid is { } pid)
            {
                var tree = IsSupervised ? SandboxTree.OfSupervisor(pid) : SandboxTree.OfNamespace(pid, _wrapper.Pid, status.PidNamespace);
                await BeginAsync(tree, status.NetworkNamespace).ConfigureAwait(false);
            }
            else if (_tree is null && _stopping && _timeProvider.GetElapsedTime(_started) > SetUpLimit)
            {
                _wrapper.Kill(); // It hangs before there is a sandbox.
            }

            if (timedOut || status.ExitCode is not null) Check(limits.Measure(_tree));
        }

        _initPid.TrySetResult(null);
        _networkIsOpen.TrySetResult();
        await _wrapper.ReapAsync().ConfigureAwait(false);
        if (IsSupervised) limits.Kill(); // Whatever a program at level none has done to its supervisor.
        if (_tree is { } last) await last.WhenEmptyAsync().ConfigureAwait(false);
        var final = limits.Measure(tree: null);
        var exit = Describe(final, status.ExitCode, _timeProvider.GetElapsedTime(_heldFor is null || _began == 0 ? _started : _began));
        if (_resources.Network is { } network) await network.CloseAsync().ConfigureAwait(false);
        await GiveBackAsync().ConfigureAwait(false);
        return exit;
    }

    /// <summary>Completes when it is time to look at the sandbox.</summary>
    private Task WhenToLookAsync(IResourceLimits limits)
    {
        if (_tree is null) return Task.Delay(SetUpPollMilliseconds);
        if (!_begun.Task.IsCompleted) return _begun.Task; // Held: it does nothing, and is left alone.
        return Task.Delay(Sooner(limits.PollMilliseconds, _watch.NextLook(_timeProvider.GetElapsedTime(_began))));
    }

    private SandboxExit Describe(LimitState final, int? exitCode, TimeSpan duration)
    {
        int? signal = exitCode is > 128 and <= 192 ? exitCode - 128 : null;
        var outcome = final.OutOfMemory ? SandboxOutcome.OutOfMemory
            : _exceeded is not null ? SandboxOutcome.LimitExceeded
            : _stopping ? SandboxOutcome.Stopped
            : exitCode is null ? SandboxOutcome.SandboxFailed
            : signal is null ? SandboxOutcome.Exited
            : SandboxOutcome.Signaled;
        return new SandboxExit(
            outcome, signal is null ? exitCode : null, signal, WithPauses(final.Usage), duration, Input.CountUnread(), final.ProcessLimitHit, _exceeded);
    }

    private void Check(LimitState state)
    {
        // The kernel kills one process for want of memory; its siblings would go on, or wait for it.
        if (state.OutOfMemory) KillAll();
        else if (state.ProcessLimitHit && !_resources.Limits.KeepsProcesses) Exceed(SandboxLimit.Processes);
        else if (!_stopping && _begun.Task.IsCompleted && _tree is { } tree && _watch.Look(tree, _timeProvider.GetElapsedTime(_began), state.Usage.CpuTime) is { } limit) Exceed(limit);
    }

    /// <summary>Ends the program for a limit, unless it is being stopped for another reason.</summary>
    private void Exceed(SandboxLimit limit)
    {
        lock (_killLock)
        {
            if (_stopping || _exceeded is not null) return;
            _exceeded = limit;
        }

        // What it does is no danger then, and it may have something to put in order.
        if (limit is SandboxLimit.Time or SandboxLimit.Idle) _ = StopAsync(_limits.Grace);
        else Kill();
    }

    private SandboxUsage WithPauses(SandboxUsage usage) => usage with { ThrottledTime = usage.ThrottledTime + _watch.PausedTime };

    private static int Sooner(int one, int other) => one < 0 ? other : other < 0 ? one : Math.Min(one, other);

    private ValueTask GiveBackAsync()
    {
        lock (_killLock)
        {
            _tree?.Dispose();
            _tree = null;
        }

        return _resources.ReleaseAsync();
    }
}
