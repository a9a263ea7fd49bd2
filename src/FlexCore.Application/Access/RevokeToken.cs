using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Access;

/// <summary>Has an access token refused from now on: by every node within <see cref="TokenAuthenticator.Staleness"/>.</summary>
/// <param name="Token">Its name or id.</param>
public sealed record RevokeToken(string Token) : ICommand<AccessToken>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>All access tokens, also those that do not hold any more, newest first.</summary>
public sealed record ListTokens : IQuery<IReadOnlyList<AccessToken>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>Revokes and lists tokens.</summary>
public sealed class TokenKeeper(IEventLog log, TimeProvider time) : IHandler<RevokeToken, AccessToken>, IHandler<ListTokens, IReadOnlyList<AccessToken>>
{
    /// <inheritdoc/>
    public async Task<Result<AccessToken>> HandleAsync(RevokeToken request, Caller caller, CancellationToken cancellationToken)
    {
        var (register, version) = await log.ReadTokensAsync(cancellationToken);
        var decided = register.Revoke(request.Token, time.GetUtcNow());
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (decided.Value is not { } revoked) return register.Tokens.Values.Last(token => token.Name == request.Token || token.Id.ToString() == request.Token);
        await log.AppendAsync(EventStreams.Tokens, version, [revoked], EventContext.Of(caller), cancellationToken);
        return register.Apply(revoked).Tokens[revoked.TokenId];
    }

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<AccessToken>>> HandleAsync(ListTokens request, Caller caller, CancellationToken cancellationToken) =>
        (await log.ReadTokensAsync(cancellationToken)).Register.Tokens.Values.OrderByDescending(token => token.Id).ToArray();
}
