namespace FlexCore.Domain.Notifications;

/// <summary>What a channel has not been told yet. Each event has all of it, so that the last one says how things are.</summary>
/// <param name="Count">How often it has happened.</param>
/// <param name="Since">When the first of these happened; null when there is none.</param>
/// <param name="QuietUntil">No message before.</param>
/// <param name="Attempts">How many messages in a row did not get through.</param>
public sealed record Untold(int Count, DateTimeOffset? Since, DateTimeOffset? QuietUntil, int Attempts);

/// <summary>Something has happened that a channel was told of a short while ago: the next message counts it.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Left">What is untold now.</param>
[EventType("NotificationDeferred")]
public sealed record NotificationDeferred(Guid RunId, Untold Left) : IDomainEvent;

/// <summary>A message is being sent. Nobody else sends one until it has ended, or <see cref="Untold.QuietUntil"/> is over.</summary>
/// <param name="RunId">The last run that it is about.</param>
/// <param name="Left">What is untold now, and what the message tells.</param>
[EventType("NotificationStarted")]
public sealed record NotificationStarted(Guid RunId, Untold Left) : IDomainEvent;

/// <summary>The channel has taken a message.</summary>
/// <param name="RunId">The last run that anything is known of.</param>
/// <param name="Told">How often what it tells of has happened.</param>
/// <param name="Left">What is untold now.</param>
[EventType("NotificationDelivered")]
public sealed record NotificationDelivered(Guid RunId, int Told, Untold Left) : IDomainEvent;

/// <summary>A message did not get through.</summary>
/// <param name="RunId">The last run that anything is known of.</param>
/// <param name="Reason">Why, without any secret.</param>
/// <param name="GivenUp">Whether what it tells of is told no more.</param>
/// <param name="Left">What is untold now.</param>
[EventType("NotificationFailed")]
public sealed record NotificationFailed(Guid RunId, string Reason, bool GivenUp, Untold Left) : IDomainEvent;
