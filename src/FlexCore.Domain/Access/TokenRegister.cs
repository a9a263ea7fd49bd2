using System.Collections.Immutable;
using System.Security.Cryptography;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Access;

/// <summary>An access token, without its secret.</summary>
/// <param name="Id">Its id, which its text begins with.</param>
/// <param name="Name">What its bearer is called in events; no other token that holds has it.</param>
/// <param name="Role">What its bearer may do.</param>
/// <param name="Hash">SHA-256 of its secret, in lower-case hexadecimal.</param>
/// <param name="ExpiresAt">From when on it is refused; null for never.</param>
/// <param name="IsRevoked">Whether it is refused whatever the time.</param>
/// <param name="Scope">The pipelines that it is for; null for all, and all else.</param>
public sealed record AccessToken(Guid Id, string Name, Role Role, string Hash, DateTimeOffset? ExpiresAt, bool IsRevoked, PipelineScope? Scope = null)
{
    /// <summary>Whether it is taken at a time.</summary>
    public bool HoldsAt(DateTimeOffset now) => !IsRevoked && (ExpiresAt is not { } end || now < end);
}

/// <summary>All access tokens, folded from their events alone.</summary>
public sealed record TokenRegister
{
    /// <summary>No token yet.</summary>
    public static TokenRegister Empty { get; } = new();

    /// <summary>By id, those that do not hold any more among them.</summary>
    public ImmutableDictionary<Guid, AccessToken> Tokens { get; init; } = ImmutableDictionary<Guid, AccessToken>.Empty;

    /// <summary>Folds events.</summary>
    public static TokenRegister From(IEnumerable<IDomainEvent> events) => events.Aggregate(Empty, (register, @event) => register.Apply(@event));

    /// <summary>Gives a token out.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">What its bearer is to be called.</param>
    /// <param name="role">What its bearer may do.</param>
    /// <param name="secret">Its secret: as many random bytes as <see cref="TokenText.SecretBytes"/>.</param>
    /// <param name="expiresAt">From when on it is refused.</param>
    /// <param name="now">The time.</param>
    /// <param name="scope">The pipelines that it is for; null for all, and all else.</param>
    public Result<TokenCreated> Create(Guid id, string name, Role role, ReadOnlySpan<byte> secret, DateTimeOffset? expiresAt, DateTimeOffset now, PipelineScope? scope = null)
    {
        if (Tokens.Values.FirstOrDefault(token => token.Name == name && token.HoldsAt(now)) is not null)
            return new Error(ErrorCodes.AlreadyExists, $"there is a token {name} already", SpecificRemedy: "Choose another name, or revoke that one first.");
        return new TokenCreated(id, name, role, Convert.ToHexStringLower(SHA256.HashData(secret)), expiresAt, scope?.Patterns);
    }

    /// <summary>Revokes a token by its name or id; one that does not hold any more is left as it is.</summary>
    public Result<TokenRevoked?> Revoke(string nameOrId, DateTimeOffset now)
    {
        var found = Tokens.Values.Where(token => token.Name == nameOrId || token.Id.ToString() == nameOrId).ToList();
        if (found.Count == 0) return new Error(ErrorCodes.NotFound, $"there is no token '{Printable.Escape(nameOrId)}'", SpecificRemedy: "List them: `flexcore token list`.");
        return found.Find(token => token.HoldsAt(now)) is { } holds ? new TokenRevoked(holds.Id) : null;
    }

    /// <summary>Folds one event.</summary>
    public TokenRegister Apply(IDomainEvent @event) => @event switch
    {
        TokenCreated e => this with { Tokens = Tokens.SetItem(e.TokenId, new AccessToken(e.TokenId, e.Name, e.Role, e.Hash, e.ExpiresAt, IsRevoked: false, e.Pipelines is { } patterns ? new PipelineScope(patterns) : null)) },
        TokenRevoked e when Tokens.TryGetValue(e.TokenId, out var token) => this with { Tokens = Tokens.SetItem(e.TokenId, token with { IsRevoked = true }) },
        _ => this,
    };
}
