using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;
using FlexCore.Server.Access;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Rest;

/// <summary>
/// Does a POST with an <c>Idempotency-Key</c> once (draft-ietf-httpapi-idempotency-key-header-07): the answer is kept in the log, and told again to whoever repeats the request, on any node. The same key with
/// another request is refused.
/// </summary>
internal sealed class RepeatedRequests(IEventLog log, TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int LongestKey = 255;
    private const int LargestAnswer = 64 * 1024;

    // After so long, a request that was begun and not answered is done anew: its node is gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The id of the run that a repeated request is to start; null where it can be any.</summary>
    public static Guid? RunIdOf(HttpContext context, string pipeline) => CauseOf(context) is { } cause ? CausedRun.Id(cause.At, pipeline, "request", cause.Key) : null;

    /// <summary>When a repeated request came first, and what tells it from others; null for one that is not repeated.</summary>
    public static (DateTimeOffset At, string Key)? CauseOf(HttpContext context) => context.Features.Get<BegunRequest>() is { } begun ? (begun.At, begun.Stream) : null;

    /// <summary>Lets a request pass once.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Headers[KeyHeader].Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<PublicEndpoint>() is not null)
        {
            await next(context);
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<ToldOnceEndpoint>() is not null) throw Paging.Wrong($"{KeyHeader} cannot be used here: the answer is told once and not kept");
        if (context.Request.Headers[KeyHeader] is not [{ Length: > 0 and <= LongestKey } key] || key.Any(c => !char.IsBetween(c, ' ', '~'))) throw Paging.Wrong($"{KeyHeader} must be 1 to {LongestKey} printable characters of ASCII");
        var stream = EventStreams.Request(context.Caller().Name, key);
        var fingerprint = await FingerprintAsync(context.Request);
        var history = await log.ReadAsync(stream, context.RequestAborted);
        var isFirst = history.Count == 0 && await TryBeginAsync(context, stream, fingerprint);
        if (history.Count == 0) history = await log.ReadAsync(stream, context.RequestAborted);
        if (!isFirst && await IsAnsweredAsync(context, history, fingerprint)) return;

        context.Features.Set(new BegunRequest(stream, history[0].At));
        await AnswerAsync(context, next, stream);
    }

    private async Task<bool> TryBeginAsync(HttpContext context, string stream, string fingerprint)
    {
        try
        {
            await log.AppendAsync(stream, 0, [new RequestReceived(fingerprint)], EventContext.Of(context.Caller()), context.RequestAborted);
            return true;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
        {
            return false;
        }
    }

    private async Task<bool> IsAnsweredAsync(HttpContext context, IReadOnlyList<RecordedFact> history, string fingerprint)
    {
        if (history[0].Event is not RequestReceived begun || begun.Fingerprint != fingerprint)
        {
            await Problems.WriteAsync(context, [new Error(ErrorCodes.IdempotencyKeyUsed, $"this {KeyHeader} was used for another request")]);
            return true;
        }

        if (history.Select(fact => fact.Event).OfType<RequestAnswered>().LastOrDefault() is { } answered)
        {
            context.Response.StatusCode = answered.Status;
            context.Response.ContentType = answered.ContentType;
            context.Response.Headers["Idempotency-Replayed"] = "true";
            await context.Response.WriteAsync(answered.Body, context.RequestAborted);
            return true;
        }

        if (time.GetUtcNow() - history[0].At >= Patience) return false;
        await Problems.WriteAsync(context, [new Error(ErrorCodes.RequestUnderWay, "the same request is still under way")], Patience);
        return true;
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, string stream)
    {
        var wire = context.Response.Body;
        using var body = new MemoryStream();
        context.Response.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        var status = context.Response.StatusCode;
        if (status < StatusCodes.Status500InternalServerError && status != StatusCodes.Status429TooManyRequests && body.Length <= LargestAnswer)
        {
            var answered = new RequestAnswered(status, context.Response.ContentType, Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
            await log.AppendAsync(stream, expectedVersion: null, [answered], EventContext.Of(context.Caller()), CancellationToken.None);
        }

        body.Position = 0;
        await body.CopyToAsync(wire, context.RequestAborted);
    }

    private static async Task<string> FingerprintAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;) hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <param name="Stream">Where its answer is kept.</param>
    /// <param name="At">When it was begun first.</param>
    private sealed record BegunRequest(string Stream, DateTimeOffset At);
}

/// <summary>Marks an endpoint whose answer must not be kept anywhere.</summary>
internal sealed class ToldOnceEndpoint;
