namespace FlexCore.Infrastructure.Messaging;

/// <summary>An event that a group could not handle, kept until somebody replays or discards it.</summary>
/// <param name="Id">Its name here; newer ones are greater.</param>
/// <param name="At">When it was put aside.</param>
/// <param name="Topic">Where it was published.</param>
/// <param name="Group">Who could not handle it.</param>
/// <param name="Attempts">How often it was tried; 0 for what is no event.</param>
/// <param name="Reason">What the last attempt said, at most 1,000 characters.</param>
/// <param name="Body">The event, as CloudEvents 1.0 in JSON, or what was received in its place.</param>
/// <param name="ReplayedAt">When it was handed to its group again; null when it was not.</param>
public sealed record DeadEvent(Guid Id, DateTimeOffset At, string Topic, string Group, int Attempts, string Reason, ReadOnlyMemory<byte> Body, DateTimeOffset? ReplayedAt);

/// <summary>Which dead events to list.</summary>
/// <param name="Topic">Only of this topic.</param>
/// <param name="Group">Only of this group.</param>
/// <param name="After">The last one of the page before; null for the first page.</param>
/// <param name="Limit">At most so many, 1 to 1,000.</param>
public sealed record DeadEventQuery(string? Topic = null, string? Group = null, Guid? After = null, int Limit = 100);
