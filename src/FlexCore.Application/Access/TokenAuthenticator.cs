using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Access;

/// <summary>
/// Says who comes with an access token. What is on record is looked at again after a second, so that no request waits for the log. While the log is away, what was known last holds for some minutes: who wants
/// to know how a node is, wants it then.
/// </summary>
public sealed class TokenAuthenticator(IEventLog log, TimeProvider time) : IDisposable
{
    /// <summary>How long a token may still be taken after it was revoked.</summary>
    public static TimeSpan Staleness { get; } = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Newness = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WithoutLog = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _refreshing = new(1);
    private volatile Known _known = new(TokenRegister.Empty, 0, null);

    /// <summary>Whether any token was ever given out.</summary>
    public async Task<bool> HasTokensAsync(CancellationToken cancellationToken) => !(await log.ReadTokensAsync(cancellationToken)).Register.Tokens.IsEmpty;

    /// <summary>Who comes with this text.</summary>
    /// <returns>The bearer; or why there is none, with nothing of the text.</returns>
    public async ValueTask<Result<Caller>> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (TokenText.Parse(text) is not { } shown) return Refused("it is not of the form of an access token");
        var now = time.GetUtcNow();
        var known = _known;
        if (!IsFresh(known)) known = await RefreshOrKeepAsync(known, cancellationToken);
        if (!known.Register.Tokens.ContainsKey(shown.Id)) known = await LookAgainAsync(cancellationToken);
        if (!known.Register.Tokens.TryGetValue(shown.Id, out var token) || !shown.Proves(token)) return Refused("it is not an access token of this server");
        return BearerOf(token, now);
    }

    /// <summary>Who signed in with a token, as long as it holds.</summary>
    /// <returns>The bearer; or why there is none any more.</returns>
    public async ValueTask<Result<Caller>> FindAsync(Guid tokenId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var known = _known;
        if (!IsFresh(known)) known = await RefreshOrKeepAsync(known, cancellationToken);
        return known.Register.Tokens.TryGetValue(tokenId, out var token) ? BearerOf(token, now) : Refused("it is not an access token of this server");
    }

    /// <inheritdoc/>
    public void Dispose() => _refreshing.Dispose();

    private static Result<Caller> BearerOf(AccessToken token, DateTimeOffset now)
    {
        if (token.IsRevoked) return Refused("it was revoked");
        return token.HoldsAt(now) ? new Caller(token.Name, token.Role) { Identity = $"token:{token.Id}", Scope = token.Scope } : Refused("it has expired");
    }

    private async Task<Known> RefreshOrKeepAsync(Known known, CancellationToken cancellationToken)
    {
        try
        {
            return await RefreshAsync(IsFresh, cancellationToken);
        }
        catch (FlexCoreException e) when (e.IsOfTheLog && known.At is { } at && time.GetElapsedTime(at) < WithoutLog)
        {
            return known;
        }
    }

    // It may have been made just now. Whoever guesses must not have the log read for each guess.
    private async Task<Known> LookAgainAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        if (_known.At is { } at && time.GetElapsedTime(at) is var age && age < Newness) await Task.Delay(Newness - age, time, cancellationToken);
        return await RefreshAsync(known => known.At > asked, cancellationToken);
    }

    private bool IsFresh(Known known) => known.At is { } at && time.GetElapsedTime(at) < Staleness;

    private async Task<Known> RefreshAsync(Func<Known, bool> isNewEnough, CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            if (isNewEnough(_known)) return _known;
            var began = time.GetTimestamp();
            var last = await log.ReadLastAsync(EventStreams.Tokens, cancellationToken);
            if (last is null || last.Value.Version == _known.Version) return _known = _known with { At = began };
            var (register, version) = await log.ReadTokensAsync(cancellationToken);
            return _known = new Known(register, version, began);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private static Error Refused(string why) => new(ErrorCodes.TokenRefused, $"the access token is refused: {why}");

    /// <param name="Register">All tokens.</param>
    /// <param name="Version">How many events there were.</param>
    /// <param name="At">When; null for never.</param>
    private sealed record Known(TokenRegister Register, long Version, long? At);
}

/// <summary>Reads the tokens.</summary>
internal static class RecordedTokens
{
    /// <summary>All tokens, and how many events they were folded from.</summary>
    public static async Task<(TokenRegister Register, long Version)> ReadTokensAsync(this IEventLog log, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Tokens, cancellationToken);
        return (TokenRegister.From(history.Select(fact => fact.Event)), history.Count);
    }
}
