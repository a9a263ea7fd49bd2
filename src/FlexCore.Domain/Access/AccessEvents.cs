namespace FlexCore.Domain.Access;

/// <summary>Somebody was refused.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Request">The kind of request.</param>
/// <param name="Needs">What one must be allowed for it.</param>
[EventType("AccessDenied")]
public sealed record AccessDenied(string Caller, string Request, Permission Needs) : IDomainEvent;
