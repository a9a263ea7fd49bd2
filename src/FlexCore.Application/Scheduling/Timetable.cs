using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Keeps an alarm for each pipeline that has a schedule and is active, and for each backfill, and follows the log for what becomes of them.</summary>
/// <param name="log">Where pipelines are.</param>
/// <param name="alarms">What rings.</param>
/// <param name="due">What is done then for a pipeline.</param>
/// <param name="backfills">What is done then for a backfill.</param>
/// <param name="time">The clock.</param>
public sealed class Timetable(IEventLog log, IAlarms alarms, DueRuns due, BackfillRuns backfills, TimeProvider time)
{
    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Whether runs start; what is due while they do not is looked at again.</summary>
    public Func<bool> IsOn { get; init; } = () => true;

    /// <summary>Works until it is cancelled.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        long seen = 0;
        var isStarted = false;
        await SteadyWork.RepeatAsync(FollowAsync, SteadyWork.PauseBesideLog, Warn, time, cancellationToken);

        async Task FollowAsync()
        {
            if (!isStarted) await alarms.StartAsync(RingAsync, cancellationToken);
            isStarted = true;
            var end = await log.WaitForEventsAsync(seen, cancellationToken);
            await FollowBehindAsync(seen, cancellationToken);
            seen = end;
        }
    }

    /// <summary>Sees to what has changed behind a position.</summary>
    private async Task FollowBehindAsync(long after, CancellationToken cancellationToken)
    {
        foreach (var pipeline in (await log.ReadChangedAsync(EventStreams.PipelineCategory, after, cancellationToken)).Streams)
            await alarms.SetAsync(pipeline, await RingAsync(pipeline, cancellationToken), cancellationToken);

        // Whoever is seeing to it already sees what else happens to it.
        foreach (var backfill in (await log.ReadChangedAsync(EventStreams.BackfillCategory, after, cancellationToken, nameof(BackfillStarted), nameof(BackfillResumed))).Streams)
            await alarms.SetAsync(backfill, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>Does what is due for one pipeline or one backfill, by its event stream. What is wrong with it must not keep the others waiting.</summary>
    private async Task<DateTimeOffset?> RingAsync(string stream, CancellationToken cancellationToken)
    {
        if (!IsOn()) return time.GetUtcNow() + SteadyWork.PauseAfterFailure;
        try
        {
            return EventStreams.IdIn(stream, EventStreams.BackfillCategory) is { } id
                ? await backfills.AdvanceAsync(Guid.Parse(id), cancellationToken)
                : await due.StartAsync(EventStreams.IdIn(stream, EventStreams.PipelineCategory)!, cancellationToken);
        }
        catch (FlexCoreException e)
        {
            Warn($"{stream}: {e.Message}");
            return time.GetUtcNow() + SteadyWork.PauseAfterFailure;
        }
    }
}
