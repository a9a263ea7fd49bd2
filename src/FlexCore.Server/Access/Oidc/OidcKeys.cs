using System.Net;
using System.Text.Json;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace FlexCore.Server.Access.Oidc;

/// <summary>What an identity provider publishes: who it says that it is, and the keys that it signs with now.</summary>
/// <param name="Issuer">What its tokens say in <c>iss</c>.</param>
/// <param name="Keys">Those that signatures can be checked with.</param>
/// <param name="SignInAt">Where its users sign in; null where it does not say so.</param>
/// <param name="TokensAt">Where a code is exchanged for tokens; null where it does not say so.</param>
/// <param name="At">When it was asked.</param>
internal sealed record ProviderKeys(string Issuer, IReadOnlyList<JsonWebKey> Keys, Uri? SignInAt, Uri? TokensAt, long At);

/// <summary>
/// The keys of an identity provider (OpenID Connect Discovery 1.0, RFC 7517). They are asked for anew every ten minutes, and at once for a key that is not known, but at most every ten seconds, whatever callers
/// show. While the provider is away those that are known go on for a day.
/// </summary>
internal sealed class OidcKeys : IDisposable
{
    private const int MaxBytes = 1024 * 1024;
    private const int LeastRsaBits = 2048;

    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Uri _authority;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private Task _asking = Task.CompletedTask;
    private long? _asked;
    private volatile ProviderKeys? _known;
    private volatile string _failure = "it was not asked yet";

    public OidcKeys(Uri authority, ILogger log, TimeProvider time)
    {
        _authority = authority;
        _log = log;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = Freshness }) { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = MaxBytes };
    }

    /// <summary>What the provider publishes, asked anew where it may be about to have a key that is not known.</summary>
    /// <param name="isThere">Whether the key that is sought is among them.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What is known; or why nothing is.</returns>
    public async ValueTask<Result<ProviderKeys>> FindAsync(Func<ProviderKeys, bool> isThere, CancellationToken cancellationToken)
    {
        var known = _known;
        if (known is null || Age(known) > LongestAbsence || !isThere(known)) await AskAsync().WaitAsync(cancellationToken);
        else if (Age(known) > Freshness) _ = AskAsync();
        known = _known;
        return known is not null && Age(known) <= LongestAbsence ? known : new Error(ErrorCodes.IdentityProviderUnavailable, $"the identity provider {_authority} cannot be asked who this is: {_failure}");
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan Age(ProviderKeys known) => _time.GetElapsedTime(known.At);

    /// <summary>However many want it, it is asked once.</summary>
    private Task AskAsync()
    {
        lock (_gate)
        {
            if (!_asking.IsCompleted || (_asked is { } at && _time.GetElapsedTime(at) < ShortestPause)) return _asking;
            _asked = _time.GetTimestamp();
            return _asking = Task.Run(ReadAsync, CancellationToken.None);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var began = _time.GetTimestamp();
            using var discovered = await GetAsync(new Uri($"{_authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration"));
            var (issuer, keys) = (Text(discovered, "issuer"), Text(discovered, "jwks_uri"));
            if (issuer.TrimEnd('/') != _authority.OriginalString.TrimEnd('/')) throw new JsonException("it says that it is another one than oidc.authority names");
            if (Address(keys) is not { } address) throw new JsonException("it wants its keys to be fetched without TLS");
            using var published = await GetAsync(address);
            _known = new ProviderKeys(
                issuer, [.. new JsonWebKeySet(published.RootElement.GetRawText()).Keys.Where(IsOfSignatures)], Address(FindText(discovered, "authorization_endpoint")), Address(FindText(discovered, "token_endpoint")), began);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or ArgumentException)
        {
            _failure = e is OperationCanceledException ? "it did not answer in time" : e.Message;
            _log.ProviderAway(_authority, _failure, _known is null ? "nobody with a token of it is let in" : "the keys that are known go on");
        }
    }

    private async Task<JsonDocument> GetAsync(Uri address)
    {
        using var answer = await _http.GetAsync(address, CancellationToken.None);
        if (answer.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"{address.AbsolutePath} answers {(int)answer.StatusCode}");
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(CancellationToken.None), new JsonDocumentOptions { AllowDuplicateProperties = false });
    }

    private static string Text(JsonDocument document, string name) => FindText(document, name) ?? throw new JsonException($"it does not say its {name}");

    private static string? FindText(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Uri? Address(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && OidcSettings.IsSafe(address) ? address : null;

    private static bool IsOfSignatures(JsonWebKey key) =>
        key.Use is null or "" or "sig" && (key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve || (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize >= LeastRsaBits));
}

/// <summary>What is told of an identity provider.</summary>
internal static partial class OidcLog
{
    [LoggerMessage(EventId = 30, EventName = "ProviderAway", Level = LogLevel.Warning, Message = "the identity provider {Authority} cannot be asked for its keys: {Reason}; {Consequence}")]
    public static partial void ProviderAway(this ILogger log, Uri authority, string reason, string consequence);
}
