namespace FlexCore.Domain.Access;

/// <summary>Somebody has signed in to the console with an access token. The session's secret is not in the log: its event stream has the name of a hash of it.</summary>
/// <param name="TokenId">The token: when it holds no more, neither does the session.</param>
/// <param name="ExpiresAt">From when on it is refused, however busy it is.</param>
/// <param name="Seal">With what cookies say when they were used last: random bytes in base64url.</param>
[EventType("SessionOpened")]
public sealed record SessionOpened(Guid TokenId, DateTimeOffset ExpiresAt, string Seal) : IDomainEvent;

/// <summary>A user of the identity provider has signed in to the console. The session's secret is not in the log either.</summary>
/// <param name="User">What they are called in events.</param>
/// <param name="Role">What they may do for as long as the session holds.</param>
/// <param name="ExpiresAt">From when on it is refused: at the latest when what the provider has said of them holds no more.</param>
/// <param name="Seal">With what cookies say when they were used last: random bytes in base64url.</param>
[EventType("UserSessionOpened")]
public sealed record UserSessionOpened(string User, Role Role, DateTimeOffset ExpiresAt, string Seal) : IDomainEvent;

/// <summary>They have signed out: the session is refused from now on.</summary>
[EventType("SessionClosed")]
public sealed record SessionClosed : IDomainEvent;
