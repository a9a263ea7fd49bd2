using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Nodes;

/// <summary>A process that takes runs from the queue, as many at once as it has slots, and sees them to their end.</summary>
/// <param name="queue">The queue.</param>
/// <param name="runs">What does the work.</param>
/// <param name="record">What the others know of it.</param>
/// <param name="observe">Whom to tell of a run.</param>
/// <param name="time">The clock.</param>
public sealed class Node(IRunQueue queue, ClaimedRuns runs, NodeRecord record, Func<RunClaim, IRunObserver> observe, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, ActiveRun> _active = [];
    private readonly Dictionary<ActiveRun, Task> _work = [];
    private HashSet<RunClaim> _idle = [];
    private readonly NodeSlots _slots = new(record.Slots);
    private long? _heardAt;

    /// <summary>Told of what goes wrong beside the runs themselves.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Where others reach what it serves over HTTP; said before it works.</summary>
    public string? Address { get; set; }

    /// <summary>Whether the queue has heard of it lately, so that its runs are its own.</summary>
    public bool IsHeard => _heardAt is { } at && time.GetElapsedTime(at) < queue.Lease;

    /// <summary>Works until it is asked to stop; then it takes no more runs and waits for those that it has.</summary>
    /// <param name="stop">Gently: no more runs, and those that are under way end. At once: they are left to other nodes.</param>
    public async Task WorkAsync(StopSignal stop)
    {
        try
        {
            await queue.RegisterAsync(record with { Address = Address }, stop.Gently);
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            return;
        }

        using var ended = new CancellationTokenSource();
        _heardAt = time.GetTimestamp();
        var renewing = RenewAsync(ended.Token);
        await TakeRunsAsync(stop);
        await TryAsync(async () => await queue.DrainAsync(record.Id, CancellationToken.None));
        await LetEndAsync(stop);
        await ended.CancelAsync();
        await renewing;
        await TryAsync(async () => await queue.LeaveAsync(record.Id, CancellationToken.None));
    }

    private async Task TakeRunsAsync(StopSignal stop)
    {
        while (!stop.Gently.IsCancellationRequested)
        {
            try
            {
                var (free, freed) = _slots.CountFree();
                if (free > 0 && free * 2 < record.Slots)
                {
                    // Short runs end together, and a claim for several costs hardly more than one for one.
                    await Task.Delay(Gathering, time, stop.Gently);
                    (free, freed) = _slots.CountFree();
                }

                var wait = LongestWait;
                if (free > 0)
                {
                    var claimed = await queue.ClaimAsync(record.Id, free, stop.Gently);
                    Begin(claimed.Claims, stop.AtOnce);
                    if (claimed.Claims.Count > 0) continue;
                    if (claimed.NextDueIn is { } due && due < wait) wait = due;
                    await queue.WaitAsync(wait, stop.Gently);
                }
                else
                {
                    await freed.WaitAsync(stop.Gently);
                }
            }
            catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
            {
                return;
            }
            catch (FlexCoreException e)
            {
                await ReportAsync(e, stop.Gently);
            }
        }
    }

    /// <summary>Says again and again that the node lives, and hears what became of its runs.</summary>
    private async Task RenewAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(queue.Lease / 4, time);

        // By the time that others may go on with its runs, they are not under way here any more; however long a question is without an answer.
        await using var expiry = time.CreateTimer(_ => LoseAll(), null, queue.Lease, Timeout.InfiniteTimeSpan);
        var isKnown = true;
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                try
                {
                    var asked = time.GetTimestamp();
                    if (!isKnown) await queue.RegisterAsync(record with { Address = Address }, ended);
                    isKnown = true;
                    var owned = await queue.RenewAsync(record.Id, ended);
                    _heardAt = asked;
                    var left = queue.Lease - time.GetElapsedTime(asked);
                    expiry.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                    Follow(owned, asked);
                    await GiveBackIdleAsync(owned, ended);
                }
                catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.LeaseLost)
                {
                    // Thought dead, for it was away too long: what it had is others' now.
                    LoseAll();
                    isKnown = false;
                }
                catch (FlexCoreException e)
                {
                    await ReportAsync(e, ended);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // All runs have ended.
        }
    }

    private void Follow(IReadOnlyList<OwnedRun> owned, long asked)
    {
        var byClaim = owned.ToDictionary(run => run.Claim);
        foreach (var run in Active())
        {
            if (byClaim.TryGetValue(run.Claim, out var mine))
            {
                if (mine.IsAskedToStop) run.Control.Cancel();
            }
            else if (run.Since < asked)
            {
                run.Control.Lose();
            }
        }
    }

    /// <summary>
    /// Nobody may hold a run that he does not work on: it could not be given back when it was lost, or was taken again before its processes had ended. What was taken a moment
    /// ago may not have begun: it is given back when it is found a second time.
    /// </summary>
    private async Task GiveBackIdleAsync(IReadOnlyList<OwnedRun> owned, CancellationToken cancellationToken)
    {
        var active = Active().Select(run => run.Claim).ToHashSet();
        var idle = owned.Select(run => run.Claim).Where(claim => !active.Contains(claim)).ToHashSet();
        var abandoned = idle.Where(_idle.Contains).ToList();
        _idle = idle;
        if (abandoned.Count > 0) await queue.GiveBackAsync(abandoned, pause: null, cancellationToken);
    }

    private void LoseAll()
    {
        foreach (var run in Active()) run.Control.Lose();
    }

    private async Task LetEndAsync(StopSignal stop)
    {
        await using var handOver = stop.AtOnce.UnsafeRegister(_ => HandOver(), null);
        while (true)
        {
            Task[] work;
            lock (_gate) work = [.. _work.Values];
            if (work.Length == 0) return;
            await Task.WhenAll(work);
        }
    }

    private void HandOver()
    {
        foreach (var run in Active()) run.Control.HandOver();
    }

    private List<ActiveRun> Active()
    {
        lock (_gate) return [.. _active.Values];
    }

    private void Begin(IReadOnlyList<RunClaim> claims, CancellationToken atOnce)
    {
        if (claims.Count == 0) return;
        lock (_gate)
        {
            var fresh = claims.Where(claim => !_active.ContainsKey(claim.RunId)).ToList();
            var read = Task.Run(() => runs.ReadAsync(fresh, atOnce), CancellationToken.None);
            foreach (var claim in fresh)
            {
                var run = new ActiveRun(claim, new RunControl(StopSignal.Never) { Slot = _slots.Take() }, time.GetTimestamp());
                _active.Add(claim.RunId, run);
                _work.Add(run, Task.Run(() => SeeThroughAsync(run, read, atOnce), CancellationToken.None));
            }
        }
    }

    /// <summary>Sees a run through, and then, when its slot is free again, tells whoever is to know.</summary>
    private async Task SeeThroughAsync(ActiveRun run, Task<IReadOnlyDictionary<Guid, RecordedRun>> read, CancellationToken atOnce)
    {
        try
        {
            var observer = observe(run.Claim);
            var state = await DriveAsync(run, read, observer);
            if (state is not { IsEnded: true })
                await TryAsync(async () => await queue.GiveBackAsync([run.Claim], run.Control.IsLeftToOthers ? null : PauseAfterFailure, CancellationToken.None));
            Free(run);
            if (state is not null) await runs.TellAsync(state, observer, atOnce);
        }
        finally
        {
            lock (_gate) _work.Remove(run);
        }
    }

    /// <returns>The run; null where something broke.</returns>
    private async Task<RunState?> DriveAsync(ActiveRun run, Task<IReadOnlyDictionary<Guid, RecordedRun>> read, IRunObserver observer)
    {
        try
        {
            return await runs.ExecuteAsync((await read)[run.Claim.RunId], run.Claim, run.Control, observer);
        }
#pragma warning disable CA1031 // One run must not take the node with it; it is given back.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Warn($"run {run.Claim.RunId}: {e.Message}");
            return null;
        }
    }

    private void Free(ActiveRun run)
    {
        lock (_gate) _active.Remove(run.Claim.RunId);
        run.Control.Dispose();
    }

    /// <summary>Says something that all find out without it, later.</summary>
    private async Task TryAsync(Func<Task> say)
    {
        try
        {
            await say();
        }
        catch (FlexCoreException e)
        {
            Warn(e.Message);
        }
    }

    private async Task ReportAsync(FlexCoreException e, CancellationToken cancellationToken)
    {
        Warn(e.Message);
        await Task.Delay(PauseAfterFailure, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed record ActiveRun(RunClaim Claim, RunControl Control, long Since);
}
