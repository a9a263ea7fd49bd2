using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Sees a backfill through: starts its runs one after another, so many at once as it may have.</summary>
/// <param name="log">Where it is.</param>
/// <param name="queue">Where its runs are as long as they have not ended.</param>
/// <param name="bus">Takes the wish for a run.</param>
/// <param name="time">The clock.</param>
public sealed class BackfillRuns(IEventLog log, IRunQueue queue, MessageBus bus, TimeProvider time)
{
    private const int MostLookedAt = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseWhileRefused = TimeSpan.FromSeconds(30);

    /// <summary>After so long another node may have it: whoever works does not know how the others are.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    /// <summary>Goes on with a backfill for a while.</summary>
    /// <returns>When somebody is to go on; null when there is nothing to do until it is resumed.</returns>
    public async Task<DateTimeOffset?> AdvanceAsync(Guid id, CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + Turn;
        var (backfill, version) = await log.ReadBackfillAsync(id, cancellationToken);
        var due = backfill.DueTimes().ToList();
        var runs = due.Select(backfill.RunOf).ToHashSet();

        // Whoever had it before may have got no further than its record.
        if (backfill is { Status: BackfillStatus.Active, Last: { } last } && !await StartAsync(backfill, last, cancellationToken)) return time.GetUtcNow() + PauseWhileRefused;
        while (backfill.Status == BackfillStatus.Active && time.GetUtcNow() < end)
        {
            var open = await CountOpenAsync(backfill, runs, cancellationToken);
            IDomainEvent? next = due.Count > backfill.Started
                ? open < backfill.Parallel ? new BackfillAdvanced(due[backfill.Started], backfill.RunOf(due[backfill.Started])) : null
                : open == 0 ? new BackfillCompleted(due.Count) : null;
            if (next is null)
            {
                await Task.Delay(Pause, time, cancellationToken);
                (backfill, version) = await log.ReadBackfillAsync(id, cancellationToken);
                continue;
            }

            version = await log.AppendAsync(EventStreams.Backfill(id), version, [next], EventContext.New(id).By(DueRuns.Scheduler), cancellationToken);
            backfill = backfill.Apply(next);
            if (next is not BackfillAdvanced advanced) return null;
            if (!await StartAsync(backfill, advanced.DueAt, cancellationToken)) return time.GetUtcNow() + PauseWhileRefused;

            // Who cancels the backfill cancels the runs that it sees: this one may have come too late for that.
            if (await log.ReadLastAsync(EventStreams.Backfill(id), cancellationToken) is { Event: BackfillCancelled cancelled }) await CancelAsync(advanced.RunId, cancelled.Reason, cancellationToken);
        }

        return backfill.Status == BackfillStatus.Active ? time.GetUtcNow() : null;
    }

    /// <summary>Cancels the runs that wait or are under way.</summary>
    public async Task CancelAllAsync(Backfill backfill, CancellationToken cancellationToken)
    {
        var runs = backfill.DueTimes().Take(backfill.Started).Select(backfill.RunOf).ToHashSet();
        foreach (var open in await FindOpenAsync(backfill, runs, cancellationToken)) await CancelAsync(open, $"backfill {backfill.Id} was cancelled", cancellationToken);
    }

    // One that has ended meanwhile has what it wants.
    private async Task CancelAsync(Guid run, string reason, CancellationToken cancellationToken) => await bus.SendAsync(new CancelRun(run, reason), DueRuns.Scheduler, cancellationToken);

    /// <summary>Starts a run that may be there already.</summary>
    /// <returns>False while the pipeline lets no run start.</returns>
    private async Task<bool> StartAsync(Backfill backfill, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var trigger = new RunTrigger(TriggerKind.Backfill, backfill.Id.ToString(), due);
        var started = await bus.SendAsync(
            new StartPipeline(backfill.Pipeline, new Dictionary<string, string>(StringComparer.Ordinal), trigger, Priority: -RunRules.HighestPriority) { RunId = backfill.RunOf(due) },
            DueRuns.Scheduler,
            cancellationToken);
        if (started.IsSuccess) return true;
        return started.Errors[0].Code == ErrorCodes.PipelineNotStartable ? false : throw new FlexCoreException(started.Errors);
    }

    private async Task<int> CountOpenAsync(Backfill backfill, HashSet<Guid> runs, CancellationToken cancellationToken) => (await FindOpenAsync(backfill, runs, cancellationToken)).Count;

    private async Task<List<Guid>> FindOpenAsync(Backfill backfill, HashSet<Guid> runs, CancellationToken cancellationToken) =>
        [.. (await queue.ListAsync(backfill.Pipeline, MostLookedAt, cancellationToken)).Select(entry => entry.Entry.RunId).Where(runs.Contains)];
}
