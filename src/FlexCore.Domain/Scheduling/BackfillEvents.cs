namespace FlexCore.Domain.Scheduling;

/// <summary>Somebody wants runs for the due times of a range.</summary>
/// <param name="BackfillId">The backfill.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Schedules">As they were then: they say what was due.</param>
/// <param name="From">The first moment of the range.</param>
/// <param name="To">The first moment behind it.</param>
/// <param name="Parallel">How many of its runs may wait or be under way at once.</param>
[EventType("BackfillStarted")]
public sealed record BackfillStarted(Guid BackfillId, string Pipeline, IReadOnlyList<Schedule> Schedules, DateTimeOffset From, DateTimeOffset To, int Parallel) : IDomainEvent;

/// <summary>The run of the next due time is on its way.</summary>
/// <param name="DueAt">The due time.</param>
/// <param name="RunId">Its run.</param>
[EventType("BackfillAdvanced")]
public sealed record BackfillAdvanced(DateTimeOffset DueAt, Guid RunId) : IDomainEvent;

/// <summary>No further run is started for now; those that were go on.</summary>
/// <param name="Reason">Why, if somebody has said so.</param>
[EventType("BackfillPaused")]
public sealed record BackfillPaused(string? Reason) : IDomainEvent;

/// <summary>Runs are started again.</summary>
[EventType("BackfillResumed")]
public sealed record BackfillResumed : IDomainEvent;

/// <summary>No further run is started, and those that wait or are under way are cancelled.</summary>
/// <param name="Reason">For those who wonder later.</param>
[EventType("BackfillCancelled")]
public sealed record BackfillCancelled(string Reason) : IDomainEvent;

/// <summary>All runs have ended, however they did.</summary>
/// <param name="Runs">How many there were.</param>
[EventType("BackfillCompleted")]
public sealed record BackfillCompleted(int Runs) : IDomainEvent;
