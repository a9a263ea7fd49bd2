using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Scheduling;

/// <summary>Keeps an alarm for each pipeline that has a schedule and is active, and follows the log for what becomes of pipelines.</summary>
/// <param name="log">Where pipelines are.</param>
/// <param name="alarms">What rings.</param>
/// <param name="due">What is done then.</param>
/// <param name="time">The clock.</param>
public sealed class Timetable(IEventLog log, IAlarms alarms, DueRuns due, TimeProvider time)
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

    /// <summary>Sees to each pipeline that has changed behind a position.</summary>
    private async Task FollowAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            var events = await log.ReadLogAsync(new EventQuery(after, Page, Category: EventStreams.PipelineCategory), cancellationToken);
            foreach (var pipeline in events.Select(@event => EventStreams.PipelineOf(@event.Stream)).Distinct(StringComparer.Ordinal))
                await alarms.SetAsync(pipeline, await RingAsync(pipeline, cancellationToken), cancellationToken);
            if (events.Count < Page) return;
            after = events[^1].Position;
        }
    }

    /// <summary>Does what is due for one pipeline. What is wrong with it must not keep the others waiting.</summary>
    private async Task<DateTimeOffset?> RingAsync(string pipeline, CancellationToken cancellationToken)
    {
        try
        {
            return await due.StartAsync(pipeline, cancellationToken);
        }
        catch (FlexCoreException e)
        {
            Warn($"schedule of {pipeline}: {e.Message}");
            return time.GetUtcNow() + PauseAfterFailure;
        }
    }
}
