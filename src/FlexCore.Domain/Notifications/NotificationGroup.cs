namespace FlexCore.Domain.Notifications;

/// <summary>
/// What one channel is told of one pipeline on one kind of occasion. The first time it is told at once; what happens within its window then becomes one message that
/// counts. Every decision is an event of one stream, so it holds for all processes together.
/// </summary>
/// <param name="LastRun">The last run that it was concerned with.</param>
/// <param name="Left">What is untold.</param>
public sealed record NotificationGroup(Guid? LastRun, Untold Left)
{
    /// <summary>How many messages in a row may fail before what they tell of is given up.</summary>
    public const int MaxAttempts = 5;

    /// <summary>How long a message may be on its way. A process that is gone by then has perhaps not sent it: it is sent again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>A group to which nothing has happened.</summary>
    public static NotificationGroup Empty { get; } = new(null, new Untold(0, null, null, 0));

    /// <summary>The group whose last event is this one.</summary>
    public static NotificationGroup After(IDomainEvent? last) => last switch
    {
        null or UnknownEvent => Empty,
        NotificationDeferred e => new(e.RunId, e.Left),
        NotificationStarted e => new(e.RunId, e.Left),
        NotificationDelivered e => new(e.RunId, e.Left),
        NotificationFailed e => new(e.RunId, e.Left),
        _ => throw new InvalidOperationException($"{last.GetType().Name} is not an event of notifications"),
    };

    /// <summary>Takes note of a run that gives the occasion.</summary>
    /// <returns>The event; null when that run was noted already.</returns>
    public IDomainEvent? Note(Guid runId, DateTimeOffset now)
    {
        if (LastRun == runId) return null;
        var noted = new NotificationGroup(runId, Left with { Count = Left.Count + 1, Since = Left.Since ?? now });
        return noted.Send(now) ?? (IDomainEvent)new NotificationDeferred(runId, noted.Left);
    }

    /// <summary>Begins a message of what is untold, when it is time.</summary>
    public NotificationStarted? Send(DateTimeOffset now) =>
        Left.Count > 0 && (Left.QuietUntil ?? now) <= now ? new NotificationStarted(LastRun!.Value, Left with { QuietUntil = now + Lease, Attempts = Left.Attempts + 1 }) : null;

    /// <summary>The message got through.</summary>
    /// <param name="sent">The message.</param>
    /// <param name="now">When.</param>
    /// <param name="window">For how long there is no other one.</param>
    public NotificationDelivered Deliver(NotificationStarted sent, DateTimeOffset now, TimeSpan window) => new(LastRun!.Value, sent.Left.Count, Without(sent, now, window));

    /// <summary>The message did not get through.</summary>
    /// <inheritdoc cref="Deliver"/>
    public NotificationFailed Fail(NotificationStarted sent, string reason, DateTimeOffset now, TimeSpan window)
    {
        var givenUp = sent.Left.Attempts >= MaxAttempts;
        return new NotificationFailed(
            LastRun!.Value, reason, givenUp, givenUp ? Without(sent, now, window) : Left with { QuietUntil = now + (FirstPause * Math.Pow(2, sent.Left.Attempts - 1)), Attempts = sent.Left.Attempts });
    }

    // What was noted while the message was on its way is told by the next one.
    private Untold Without(NotificationStarted sent, DateTimeOffset now, TimeSpan window)
    {
        var rest = Left.Count - sent.Left.Count;
        return new Untold(rest, rest > 0 ? now : null, now + window, 0);
    }
}
