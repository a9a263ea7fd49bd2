namespace FlexCore.Domain.Access;

/// <summary>Somebody was refused.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Request">The kind of request.</param>
/// <param name="Needs">What one must be allowed for it.</param>
[EventType("AccessDenied")]
public sealed record AccessDenied(string Caller, string Request, Permission Needs) : IDomainEvent;

/// <summary>An access token was given out. Its secret is not in the log.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Name">What its bearer is called in events.</param>
/// <param name="Role">What its bearer may do.</param>
/// <param name="Hash">SHA-256 of its secret, in lower-case hexadecimal.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="Pipelines">The patterns of the pipelines that it is for; null for all, and all else.</param>
[EventType("TokenCreated")]
public sealed record TokenCreated(Guid TokenId, string Name, Role Role, string Hash, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? Pipelines = null) : IDomainEvent;

/// <summary>An access token is refused from now on.</summary>
/// <param name="TokenId">The token.</param>
[EventType("TokenRevoked")]
public sealed record TokenRevoked(Guid TokenId) : IDomainEvent;

/// <summary>Somebody came with a token that is none, or none any more. One event for all of a minute from one address.</summary>
/// <param name="Address">Where from: an IP address.</param>
/// <param name="Reason">Why the first of them was refused.</param>
/// <param name="Before">How many more came from there in the minute before, after its event.</param>
[EventType("TokenRefused")]
public sealed record TokenRefused(string Address, string Reason, int Before) : IDomainEvent;
