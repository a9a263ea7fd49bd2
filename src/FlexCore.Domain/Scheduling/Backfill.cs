using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Scheduling;

/// <summary>Where a backfill is.</summary>
public enum BackfillStatus
{
    /// <summary>There is none.</summary>
    Unknown,

    /// <summary>It starts runs.</summary>
    Active,

    /// <summary>It starts none for now.</summary>
    Paused,

    /// <summary>All its runs have ended.</summary>
    Completed,

    /// <summary>Somebody has ended it.</summary>
    Cancelled,
}

/// <summary>Runs for the due times of a range, one after another in their order. Each method decides what follows from a wish; nothing does where it is so already.</summary>
public sealed record Backfill
{
    /// <summary>The most due times of one backfill.</summary>
    public const int MostRuns = 100_000;

    /// <summary>The most runs of one backfill at once.</summary>
    public const int MostParallel = 100;

    private Backfill()
    {
    }

    /// <summary>The backfill.</summary>
    public Guid Id { get; private init; }

    /// <summary>The pipeline.</summary>
    public string Pipeline { get; private init; } = "";

    /// <summary>Where it is.</summary>
    public BackfillStatus Status { get; private init; }

    /// <summary>The first moment of the range.</summary>
    public DateTimeOffset RangeFrom { get; private init; }

    /// <summary>The first moment behind it.</summary>
    public DateTimeOffset RangeTo { get; private init; }

    /// <summary>How many of its runs may wait or be under way at once.</summary>
    public int Parallel { get; private init; }

    /// <summary>How many runs it has started.</summary>
    public int Started { get; private init; }

    /// <summary>The due time that it has come to; null before the first one.</summary>
    public DateTimeOffset? Last { get; private init; }

    private IReadOnlyList<Schedule> Schedules { get; init; } = [];

    /// <summary>Whether nothing happens to it any more.</summary>
    public bool IsEnded => Status is BackfillStatus.Completed or BackfillStatus.Cancelled;

    /// <summary>Folds its event stream.</summary>
    public static Backfill From(IEnumerable<IDomainEvent> history) => history.Aggregate(new Backfill(), (backfill, @event) => backfill.Apply(@event));

    /// <summary>Folds one event.</summary>
    public Backfill Apply(IDomainEvent @event) => @event switch
    {
        BackfillStarted e => this with { Id = e.BackfillId, Pipeline = e.Pipeline, Status = BackfillStatus.Active, RangeFrom = e.From, RangeTo = e.To, Parallel = e.Parallel, Schedules = e.Schedules },
        BackfillAdvanced e => this with { Started = Started + 1, Last = e.DueAt },
        BackfillPaused => this with { Status = BackfillStatus.Paused },
        BackfillResumed => this with { Status = BackfillStatus.Active },
        BackfillCancelled => this with { Status = BackfillStatus.Cancelled },
        BackfillCompleted => this with { Status = BackfillStatus.Completed },
        UnknownEvent => this,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is not an event of a backfill"),
    };

    /// <summary>Begins one.</summary>
    public static Result<BackfillStarted> Start(BackfillStarted wish)
    {
        if (wish.Schedules.Count == 0) return Refuse($"pipeline {wish.Pipeline} has no schedule: nothing was ever due", "Give it a `schedule`.");
        if (wish.To <= wish.From) return Refuse("the end of the range is not behind its beginning", "Give --from the earlier time and --to the later one.");
        if (wish.Parallel is < 1 or > MostParallel) return Refuse($"of one backfill 1 to {MostParallel} runs may be there at once", "Correct --parallel.");
        var count = new Backfill().Apply(wish).DueTimes().Take(MostRuns + 1).Count();
        if (count == 0) return Refuse("nothing was due in this range", "See the schedule with `flexcore pipeline show`.");
        return count > MostRuns ? Refuse($"more than {MostRuns} runs were due in this range", "Take it in parts.") : wish;
    }

    /// <summary>The due times of the range, the soonest first.</summary>
    public IEnumerable<DateTimeOffset> DueTimes() => Schedules.SelectMany(schedule => schedule.After(RangeFrom.AddTicks(-1)).TakeWhile(time => time < RangeTo).Take(MostRuns + 1)).Distinct().Order();

    /// <summary>The run of a due time.</summary>
    public Guid RunOf(DateTimeOffset due) => CausedRun.Id(StartedAt, Pipeline, "backfill", Id.ToString(), due.UtcDateTime.ToString("O"));

    /// <summary>Stops it for a while.</summary>
    public Result<IDomainEvent[]> Pause(string? reason) => Change(BackfillStatus.Paused, new BackfillPaused(reason));

    /// <summary>Lets it go on.</summary>
    public Result<IDomainEvent[]> Resume() => Change(BackfillStatus.Active, new BackfillResumed());

    /// <summary>Ends it.</summary>
    public Result<IDomainEvent[]> Cancel(string reason) => Change(BackfillStatus.Cancelled, new BackfillCancelled(reason));

    /// <summary>The time that its id tells: ids of its runs grow from there, and not from the past that they are for.</summary>
    private DateTimeOffset StartedAt => CausedRun.TimeOf(Id);

    private Result<IDomainEvent[]> Change(BackfillStatus status, IDomainEvent @event)
    {
        if (Status == BackfillStatus.Unknown) return new Error(ErrorCodes.NotFound, "there is no such backfill", SpecificRemedy: "List what is there: `flexcore backfill list`.");
        if (Status == status) return Array.Empty<IDomainEvent>();
        return IsEnded ? Refuse($"backfill {Id} has ended: it is {Status.ToString().ToLowerInvariant()}", "Start another one.") : new[] { @event };
    }

    private static Error Refuse(string message, string remedy) => new(ErrorCodes.BackfillRefused, message, SpecificRemedy: remedy);
}
