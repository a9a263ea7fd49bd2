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
    private const int Page = 1000;

    /// <summary>A busy log is looked at so often, and one that rests not at all.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Works until it is cancelled.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        long seen = 0;
        var isStarted = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!isStarted) await alarms.StartAsync(RingAsync, cancellationToken);
                isStarted = true;
                var end = await log.WaitForEventsAsync(seen, cancellationToken);
                await FollowAsync(seen, cancellationToken);
                seen = end;
                await Task.Delay(Interval, time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (FlexCoreException e)
            {
                Warn(e.Message);
                await Task.Delay(PauseAfterFailure, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Sees to what has changed behind a position.</summary>
    private async Task FollowAsync(long after, CancellationToken cancellationToken)
    {
        foreach (var pipeline in await ReadChangedAsync(EventStreams.PipelineCategory, after, _ => true, cancellationToken))
            await alarms.SetAsync(pipeline, await RingAsync(pipeline, cancellationToken), cancellationToken);

        // Whoever is seeing to it already sees what else happens to it.
        foreach (var backfill in await ReadChangedAsync(EventStreams.BackfillCategory, after, type => type is nameof(BackfillStarted) or nameof(BackfillResumed), cancellationToken))
            await alarms.SetAsync(backfill, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>The event streams of a category that have events behind a position.</summary>
    private async Task<List<string>> ReadChangedAsync(string category, long after, Func<string, bool> isOfInterest, CancellationToken cancellationToken)
    {
        var streams = new List<string>();
        while (true)
        {
            var events = await log.ReadLogAsync(new EventQuery(after, Page, Category: category), cancellationToken);
            streams.AddRange(events.Where(@event => isOfInterest(@event.Type)).Select(@event => @event.Stream));
            if (events.Count < Page) return [.. streams.Distinct(StringComparer.Ordinal)];
            after = events[^1].Position;
        }
    }

    /// <summary>Does what is due for one pipeline or one backfill, by its event stream. What is wrong with it must not keep the others waiting.</summary>
    private async Task<DateTimeOffset?> RingAsync(string stream, CancellationToken cancellationToken)
    {
        try
        {
            return EventStreams.IdIn(stream, EventStreams.BackfillCategory) is { } id
                ? await backfills.AdvanceAsync(Guid.Parse(id), cancellationToken)
                : await due.StartAsync(EventStreams.IdIn(stream, EventStreams.PipelineCategory)!, cancellationToken);
        }
        catch (FlexCoreException e)
        {
            Warn($"{stream}: {e.Message}");
            return time.GetUtcNow() + PauseAfterFailure;
        }
    }
}
