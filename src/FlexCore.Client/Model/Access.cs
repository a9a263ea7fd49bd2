namespace FlexCore.Client;

/// <summary>An access token, without its text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What its bearer is called in events.</param>
/// <param name="Role"><c>viewer</c>, <c>operator</c>, <c>admin</c> or <c>auditor</c>.</param>
/// <param name="Status"><c>valid</c>, <c>expired</c> or <c>revoked</c>.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="Pipelines">The names or patterns of the pipelines that it is for; null for all, and all else.</param>
public sealed record Token(Guid Id, string Name, string Role, string Status, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? Pipelines = null);

/// <summary>A wish for a token.</summary>
/// <param name="Name">What its bearer is to be called.</param>
/// <param name="Role"><c>viewer</c>, <c>operator</c>, <c>admin</c> or <c>auditor</c>.</param>
/// <param name="Lifetime">How long it holds, such as <c>90d</c>; null for ever.</param>
/// <param name="Pipelines">The pipelines that it is to be for: at most 20 names, in which <c>*</c> stands for any characters; null for all, and all else.</param>
public sealed record CreateToken(string Name, string Role, string? Lifetime = null, IReadOnlyList<string>? Pipelines = null);

/// <summary>A new token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Text">What its bearer shows. It is told this once.</param>
public sealed record CreatedToken(Token Token, string Text);

/// <summary>Who the server takes the caller for.</summary>
/// <param name="Name">As events call them.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Pipelines">The names or patterns of the pipelines that they may do it with; null for all, and all else.</param>
public sealed record Identity(string Name, string Role, IReadOnlyList<string>? Pipelines = null);
