using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Starts the runs of a pipeline that are due by its schedules. What is on record decides: however often and wherever it is asked, each due time has one run.</summary>
public sealed class DueRuns(IEventLog log, MessageBus bus, TimeProvider time)
{
    /// <summary>So many missed due times at most get their runs; those before are passed over.</summary>
    public const int MostMissed = 1000;

    /// <summary>The actor of what a schedule does.</summary>
    public static Caller Scheduler { get; } = new("scheduler", Role.Operator);

    /// <summary>The run of a due time.</summary>
    public static Guid RunOf(string pipeline, DateTimeOffset due) => CausedRun.Id(due, pipeline, "schedule", due.UtcDateTime.ToString("O"));

    /// <summary>Starts what is due now.</summary>
    /// <returns>When to look again; null while the pipeline has no schedule, or is not active.</returns>
    public async Task<DateTimeOffset?> StartAsync(string pipeline, CancellationToken cancellationToken)
    {
        var schedules = EffectiveSchedule.From(await log.ReadAsync(EventStreams.Pipeline(pipeline), cancellationToken));
        var now = time.GetUtcNow();
        foreach (var effective in schedules)
        {
            foreach (var due in await FindDueAsync(pipeline, effective, now, cancellationToken)) await StartAsync(pipeline, effective.Schedule, due, cancellationToken);
        }

        return schedules.SelectMany(effective => effective.Schedule.After(now).Take(1)).Select(next => (DateTimeOffset?)next).Min();
    }

    /// <summary>The due times that have no run yet, the soonest first.</summary>
    private async Task<IEnumerable<DueTime>> FindDueAsync(string pipeline, EffectiveSchedule effective, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = new Stack<DueTime>();
        foreach (var at in effective.Schedule.UpTo(now, effective.Since))
        {
            // What precedes one that is on record was seen to with it.
            if (due.Count >= MostMissed || await log.ReadLastAsync(EventStreams.Run(RunOf(pipeline, at)), cancellationToken) is not null) break;
            var isMissed = now - at > Schedule.Tolerance;
            if (isMissed && due.Count > 0 && effective.Schedule.Misfire != Misfire.All) break;
            due.Push(new DueTime(at, isMissed));
        }

        return due;
    }

    private async Task StartAsync(string pipeline, Schedule schedule, DueTime due, CancellationToken cancellationToken)
    {
        // Several that are made up for are all wanted: they wait for each other.
        var overlap = due.IsMissed && schedule.Misfire == Misfire.All ? Overlap.Queue : schedule.Overlap;
        var started = await bus.SendAsync(
            new StartPipeline(pipeline, NothingSet, new RunTrigger(TriggerKind.Schedule, DueAt: due.At))
            {
                RunId = RunOf(pipeline, due.At),
                Overlap = overlap,
                LeftOutBecause = due.IsMissed && schedule.Misfire == Misfire.Skip ? "no node was there when it was due (misfire: skip)" : null,
            },
            Scheduler,
            cancellationToken);

        // Paused meanwhile: nothing is due any more.
        if (!started.IsSuccess && started.Errors[0].Code != ErrorCodes.PipelineNotStartable) throw new FlexCoreException(started.Errors);
    }

    private static Dictionary<string, string> NothingSet { get; } = new(StringComparer.Ordinal);

    private sealed record DueTime(DateTimeOffset At, bool IsMissed);
}
