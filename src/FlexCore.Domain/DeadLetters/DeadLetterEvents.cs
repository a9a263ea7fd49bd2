namespace FlexCore.Domain.DeadLetters;

/// <summary>Dead letters were sent again, and the targets have taken them.</summary>
/// <param name="RunId">The run that sent them.</param>
/// <param name="Letters">Which.</param>
[EventType("DeadLettersReplayed")]
public sealed record DeadLettersReplayed(Guid RunId, IReadOnlyList<Guid> Letters) : IDomainEvent;

/// <summary>Somebody has decided that dead letters are not needed. Their content is gone.</summary>
/// <param name="Letters">Which.</param>
[EventType("DeadLettersDiscarded")]
public sealed record DeadLettersDiscarded(IReadOnlyList<Guid> Letters) : IDomainEvent;
