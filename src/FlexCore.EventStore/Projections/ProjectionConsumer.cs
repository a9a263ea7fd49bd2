using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Projections;

/// <summary>Keeps the views of one version of a projection, and those that are to replace them, a batch at a time in turn.</summary>
internal sealed class ProjectionConsumer(Projection projection, Builds builds, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider)
    : LogConsumer($"projection:{projection.Name}_v{projection.Version}", store, tables, timeProvider, LongestDelay)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, BuildProgress> _progress = [];
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _waiting;
    private bool _lookAgain;

    /// <summary>Ends when the views have moved on.</summary>
    public Task Moved
    {
        get
        {
            lock (_gate) return _moved.Task;
        }
    }

    /// <summary>Something else than the log has changed.</summary>
    public void LookAgain()
    {
        lock (_gate)
        {
            _lookAgain = true;
            _waiting?.Cancel();
        }
    }

    protected override async Task ConsumeAsync(IClaim claim, CancellationToken cancellationToken)
    {
        Succeeded(ConsumerState.CatchingUp);
        _progress.Clear();
        var backoff = new Backoff(FirstDelay, LongestDelay, Clock);
        var begun = false;
        while (State != ConsumerState.Superseded)
        {
            try
            {
                begun = begun || await builds.BeginAsync(projection, claim.Epoch, cancellationToken).ConfigureAwait(false);
                await WatchLagAsync(TakeTurnAsync(claim.Epoch, cancellationToken), cancellationToken).ConfigureAwait(false);
                backoff.Reset();
            }
#pragma warning disable CA1031 // Whatever keeps the projection from going on, it says so and tries again.
            catch (Exception e) when (e is not ClaimLostException && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Failed(e);
                await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Folds the next batch of each build that has one; when none has, waits.</summary>
    private async Task TakeTurnAsync(long epoch, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        var mine = (await builds.ListAsync(projection.Name, cancellationToken).ConfigureAwait(false)).Where(build => build.Version == projection.Version).ToList();
        if (mine.Count == 0)
        {
            State = ConsumerState.Superseded;
            return;
        }

        if (mine.Any(build => build.Epoch != epoch)) throw new ClaimLostException();
        Position = mine[0].Position;
        var hasMore = false;
        foreach (var build in mine) hasMore |= await TryFoldAsync(build, head, cancellationToken).ConfigureAwait(false);

        var failing = mine.ConvertAll(build => Progress(build)).FindAll(progress => progress.Failure is not null);
        if (failing.Count > 0) Failed(failing[0].Failure!);
        else Succeeded(hasMore && State != ConsumerState.Live ? ConsumerState.CatchingUp : ConsumerState.Live);
        if (!hasMore) await WaitAsync(head, failing.Count > 0 ? failing.Min(progress => progress.Rest) : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether there is, or may be, more to do for this build at once.</returns>
    private async ValueTask<bool> TryFoldAsync(Build build, long head, CancellationToken cancellationToken)
    {
        var progress = Progress(build);
        if (progress.Rest > TimeSpan.Zero) return false;
        try
        {
            if (build.Position > head) throw new InvalidOperationException($"The views are at position {build.Position} and the log ends at {head}: it was restored from a backup. Rebuild the projection.");
            if (build.Position < head) await FoldAsync(build, head, progress.BatchSize, cancellationToken).ConfigureAwait(false);
            else if (!build.IsServing) await builds.ServeAsync(build, cancellationToken).ConfigureAwait(false);
            else return false;
            progress.Succeeded();
            Announce();
            return true;
        }
#pragma warning disable CA1031 // Views with a hole would be wrong: this build stays where it is and tries again. Others go on, and one of them may be the remedy.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            progress.Failed(e);
            return false;
        }
    }

    /// <summary>Folds the next batch, and keeps how far that is, in one transaction.</summary>
    private async ValueTask FoldAsync(Build build, long head, int limit, CancellationToken cancellationToken)
    {
        var events = await Store.ReadLogAsync(build.Position, limit, projection.Filter, cancellationToken).ConfigureAwait(false);
        var last = events.Count == 0 ? head : events[^1].Position;
        var position = events.Count < limit ? Math.Max(last, head) : last;
        if (!await TryApplyAsync(build, position, events, cancellationToken).ConfigureAwait(false)) return;
        if (!build.IsServing) return;
        Position = position;
        await TellAsync([.. events.Where(recorded => recorded.Position > build.EffectsAfter)], cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> TryApplyAsync(Build build, long position, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        using var activity = events.Count == 0 ? null : EventStoreTelemetry.StartHandle(Name, position, events.Count);
        try
        {
            return await builds.DoAsync(
                async transaction =>
                {
                    var views = new ViewTransaction(transaction, build.Suffix);
                    if (!await Builds.TryMoveAsync(build, position, views, cancellationToken).ConfigureAwait(false)) return false;
                    if (events.Count > 0) await projection.ApplyAsync(events, views, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            EventStoreTelemetry.Failed(activity, e);
            throw;
        }
    }

    private BuildProgress Progress(Build build)
    {
        if (!_progress.TryGetValue(build.Generation, out var progress)) _progress.Add(build.Generation, progress = new BuildProgress(Clock));
        return progress;
    }

    private async ValueTask TellAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return;
        try
        {
            await projection.CommittedAsync(events, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The events are in the views; a side effect that fails is not a reason to do anything again.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
        }
    }

    private void Announce()
    {
        TaskCompletionSource moved;
        lock (_gate) (moved, _moved) = (_moved, new(TaskCreationOptions.RunContinuationsAsynchronously));
        moved.TrySetResult();
    }

    /// <summary>Waits until the log has grown, there was time enough for a build that fails, or somebody wants us to look again.</summary>
    private async ValueTask WaitAsync(long head, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(longest, Clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
        lock (_gate)
        {
            if (_lookAgain)
            {
                _lookAgain = false;
                return;
            }

            _waiting = waiting;
        }

        try
        {
            await WaitForEventsAsync(head, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Then there is something to do without new events.
        }
        finally
        {
            lock (_gate) (_waiting, _lookAgain) = (null, false);
        }
    }
}
