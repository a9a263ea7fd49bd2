namespace FlexCore.Domain.Access;

/// <summary>Somebody has asked for something under a key by which they may ask again without its being done twice.</summary>
/// <param name="Fingerprint">SHA-256 of the request, in lower-case hexadecimal.</param>
[EventType("RequestReceived")]
public sealed record RequestReceived(string Fingerprint) : IDomainEvent;

/// <summary>The answer to such a request, to be told again.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">What the body is; null where there is none.</param>
/// <param name="Body">The body.</param>
[EventType("RequestAnswered")]
public sealed record RequestAnswered(int Status, string? ContentType, string Body) : IDomainEvent;
