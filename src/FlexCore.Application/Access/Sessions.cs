using System.Collections.Concurrent;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Access;

/// <summary>
/// The sessions of people at the console. Each is an event stream, so that it holds at every node and is ended at every node within <see cref="TokenAuthenticator.Staleness"/>; and it ends with the token that
/// it was opened with, an access token or the ID token of the identity provider.
/// </summary>
public sealed class Sessions(IEventLog log, TokenAuthenticator tokens, TimeProvider time)
{
    /// <summary>How long a session holds, however busy it is.</summary>
    public static TimeSpan LongestTime { get; } = TimeSpan.FromHours(12);

    /// <summary>How long it holds without a request.</summary>
    public static TimeSpan LongestIdleTime { get; } = TimeSpan.FromHours(1);

    // What is not looked at again is forgotten, and read when it is.
    private const int MostKnown = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Opens a session for whoever comes with an access token.</summary>
    /// <param name="token">Its text.</param>
    /// <param name="correlationId">Of the request.</param>
    /// <param name="cancellationToken">Stops before anything is recorded.</param>
    /// <returns>The session; or why the token is refused, with nothing of the text.</returns>
    public async Task<Result<SessionText>> OpenAsync(string token, string correlationId, CancellationToken cancellationToken)
    {
        var bearer = await tokens.FindAsync(token, cancellationToken);
        if (!bearer.IsSuccess) return bearer.Errors.ToArray();
        var now = time.GetUtcNow();
        var session = SessionText.Create(now, out var seal);
        var opened = new SessionOpened(TokenText.Parse(token)!.Id, now + LongestTime, seal);
        await log.AppendAsync(session.EventStream, expectedVersion: 0, [opened], EventContext.Of(bearer.Value with { CorrelationId = correlationId }), cancellationToken);
        return session;
    }

    /// <summary>Opens a session for a user of the identity provider.</summary>
    /// <param name="user">Who they are, and what they may do for as long as it holds.</param>
    /// <param name="until">How long the provider stands in for that.</param>
    /// <param name="cancellationToken">Stops before anything is recorded.</param>
    public async Task<SessionText> OpenAsync(Caller user, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var session = SessionText.Create(now, out var seal);
        var opened = new UserSessionOpened(user.Name, user.Role, until < now + LongestTime ? until : now + LongestTime, seal);
        await log.AppendAsync(session.EventStream, expectedVersion: 0, [opened], EventContext.Of(user), cancellationToken);
        return session;
    }

    /// <summary>Whose session it is.</summary>
    /// <returns>Them; null where it has ended.</returns>
    public async ValueTask<Caller?> FindAsync(SessionText session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - session.UsedAt > LongestIdleTime || await ReadAsync(session, cancellationToken) is not { } opened || now >= opened.ExpiresAt || !session.IsSealedWith(opened.Seal)) return null;
        if (opened.User is { } user) return user;
        return await tokens.FindAsync(opened.TokenId, cancellationToken) is { IsSuccess: true } bearer ? bearer.Value : null;
    }

    /// <summary>The same session, used just now.</summary>
    public async ValueTask<SessionText> RenewAsync(SessionText session, CancellationToken cancellationToken) =>
        await ReadAsync(session, cancellationToken) is { } opened ? session.UsedAgain(time.GetUtcNow(), opened.Seal) : session;

    /// <summary>Ends a session.</summary>
    public async Task CloseAsync(SessionText session, Caller caller, CancellationToken cancellationToken)
    {
        await log.AppendAsync(session.EventStream, expectedVersion: null, [new SessionClosed()], EventContext.Of(caller), cancellationToken);
        _known.TryRemove(session.EventStream, out _);
    }

    private async ValueTask<Opening?> ReadAsync(SessionText session, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(session.EventStream, out var known) && time.GetElapsedTime(known.At) < TokenAuthenticator.Staleness) return known.Opened;
        var began = time.GetTimestamp();
        var opened = await log.ReadAsync(session.EventStream, cancellationToken) is [{ Event: var only }] ? Opening.Of(only) : null;

        // Of a session that there is not, nothing is kept: whoever guesses must not fill the memory.
        if (opened is null) _known.TryRemove(session.EventStream, out _);
        else
        {
            if (_known.Count >= MostKnown) _known.Clear();
            _known[session.EventStream] = new Known(opened, began);
        }

        return opened;
    }

    /// <param name="Opened">How it was opened.</param>
    /// <param name="At">When that was read.</param>
    private sealed record Known(Opening Opened, long At);

    /// <param name="ExpiresAt">From when on it is refused.</param>
    /// <param name="Seal">With what cookies are sealed.</param>
    /// <param name="TokenId">The access token that it was opened with.</param>
    /// <param name="User">Whose it is, where they are a user of the identity provider; null for whoever bears the token.</param>
    private sealed record Opening(DateTimeOffset ExpiresAt, string Seal, Guid TokenId, Caller? User)
    {
        public static Opening? Of(IDomainEvent first) => first switch
        {
            SessionOpened opened => new Opening(opened.ExpiresAt, opened.Seal, opened.TokenId, User: null),
            UserSessionOpened opened => new Opening(opened.ExpiresAt, opened.Seal, TokenId: default, new Caller(opened.User, opened.Role)),
            _ => null,
        };
    }
}
