using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;
using FlexCore.Server.Access;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Repeating;

/// <summary>
/// Has what comes with an idempotency key done once (draft-ietf-httpapi-idempotency-key-header-07), over REST and gRPC: the answer is kept in the log, and told again to whoever repeats the request, on any node.
/// The same key with another request is refused.
/// </summary>
internal sealed class KeptAnswers(IEventLog log, TimeProvider time)
{
    /// <summary>The header of the key; over gRPC the metadata.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>The header of an answer that was told before.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    private const int LongestKey = 255;
    private const int LongestBody = 64 * 1024;

    // After so long, a request that was begun and not answered is done anew: its node is gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The key of a request; null where it has none.</summary>
    /// <exception cref="FlexCoreException">It cannot be one.</exception>
    public static string? KeyOf(IHeaderDictionary headers)
    {
        if (headers[KeyHeader] is not { Count: > 0 } given) return null;
        return given is [{ Length: > 0 and <= LongestKey } key] && key.All(c => char.IsBetween(c, ' ', '~')) ? key : throw Paging.Wrong($"{KeyHeader} must be 1 to {LongestKey} printable characters of ASCII");
    }

    /// <summary>What tells a request from others: the same for one that is repeated.</summary>
    /// <param name="what">What is asked for.</param>
    /// <param name="content">With what content; read to its end.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<string> FingerprintAsync(string what, Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{what}\n"));
        var buffer = new byte[8192];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;) hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Puts on record that a request is done now, or finds what became of it before.</summary>
    public async Task<FoundRequest> BeginAsync(Caller caller, string key, string fingerprint, CancellationToken cancellationToken)
    {
        var stream = EventStreams.Request(caller.Identity, key);
        var history = await log.ReadAsync(stream, cancellationToken);
        var isFirst = history.Count == 0 && await TryBeginAsync(stream, fingerprint, caller, cancellationToken);
        if (history.Count == 0) history = await log.ReadAsync(stream, cancellationToken);
        var begun = new BegunRequest(stream, history[0].At);
        if (isFirst) return new FoundRequest(begun);
        if (history[0].Event is not RequestReceived received || received.Fingerprint != fingerprint)
            return new FoundRequest(begun) { Refusal = new Refusal(new Error(ErrorCodes.IdempotencyKeyUsed, $"this {KeyHeader} was used for another request")) };
        if (history.Select(fact => fact.Event).OfType<RequestAnswered>().LastOrDefault() is { } answered) return new FoundRequest(begun) { Answer = answered };
        return time.GetUtcNow() - begun.At >= Patience ? new FoundRequest(begun) : new FoundRequest(begun) { Refusal = new Refusal(new Error(ErrorCodes.RequestUnderWay, "the same request is still under way"), Patience) };
    }

    /// <summary>Keeps the answer to a request, unless it is worth asking again, or too large.</summary>
    public async Task KeepAsync(BegunRequest begun, RequestAnswered answer, Caller caller)
    {
        if (answer.Status is >= StatusCodes.Status500InternalServerError or StatusCodes.Status429TooManyRequests || answer.Body.Length > LongestBody) return;
        await log.AppendAsync(begun.Stream, expectedVersion: null, [answer], EventContext.Of(caller), CancellationToken.None);
    }

    private async Task<bool> TryBeginAsync(string stream, string fingerprint, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            await log.AppendAsync(stream, 0, [new RequestReceived(fingerprint)], EventContext.Of(caller), cancellationToken);
            return true;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
        {
            return false;
        }
    }
}

/// <summary>A request with a key that is to be done.</summary>
/// <param name="Stream">Where its answer is kept.</param>
/// <param name="At">When it was begun first.</param>
internal sealed record BegunRequest(string Stream, DateTimeOffset At)
{
    /// <summary>What it causes, so that this is there once although it is done twice because its node has died.</summary>
    public (DateTimeOffset At, string Key) Cause => (At, Stream);

    /// <summary>The id of the run that it is to start.</summary>
    public Guid RunIdOf(string pipeline) => CausedRun.Id(At, pipeline, "request", Stream);
}

/// <summary>What has become of a request with a key.</summary>
/// <param name="Begun">Whether it is to be done: where there is neither an answer nor a refusal.</param>
internal sealed record FoundRequest(BegunRequest Begun)
{
    /// <summary>What was answered before.</summary>
    public RequestAnswered? Answer { get; init; }

    /// <summary>Why it is neither done nor answered.</summary>
    public Refusal? Refusal { get; init; }
}
