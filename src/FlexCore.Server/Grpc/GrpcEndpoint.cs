using System.Globalization;
using System.Text;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Edge;
using FlexCore.Server.Repeating;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Grpc;

/// <summary>
/// gRPC over HTTP/2 (PROTOCOL-HTTP2): <c>POST /SERVICE/METHOD</c>, the messages in the body, how it ended in the trailers. Every call ends with a status, whatever the caller has sent.
/// </summary>
internal sealed class GrpcEndpoint(IReadOnlyDictionary<string, GrpcMethod> methods, Authentication authentication, CallerRates rates, KeptAnswers kept, ServedApplication served, ILogger log, TimeProvider time, CancellationToken stopping)
{
    private const string ContentType = "application/grpc";
    private const string Identity = "identity";

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !IsGrpc(context.Request.ContentType))
        {
            context.Response.StatusCode = HttpMethods.IsPost(context.Request.Method) ? StatusCodes.Status415UnsupportedMediaType : StatusCodes.Status405MethodNotAllowed;
            return;
        }

        // How large messages may be is said by their frames, and a stream may be silent for as long as it wants.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        context.Response.ContentType = ContentType;
        context.Response.Headers["grpc-accept-encoding"] = Identity;
        var record = context.Record();
        var status = await AnswerAsync(context);
        (record.GrpcCode, record.Error) = (status.Code, status.Errors.Count > 0 ? status.Errors[0] : null);
        if (context.RequestAborted.IsCancellationRequested) return;
        context.Response.AppendTrailer("grpc-status", ((int)status.Code).ToString(CultureInfo.InvariantCulture));
        if (status.Message.Length > 0) context.Response.AppendTrailer("grpc-message", Escape(status.Message));
        if (status.Errors.Count > 0) context.Response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(GrpcErrors.Details(status, record.CorrelationId)).TrimEnd('='));
    }

    private async Task<GrpcStatus> AnswerAsync(HttpContext context)
    {
        CancellationTokenSource? deadline = null;
        try
        {
            if (context.Request.Headers["grpc-timeout"] is [{ } timeout]) deadline = new CancellationTokenSource(GrpcTimeout.Read(timeout), time);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline?.Token ?? CancellationToken.None);
            await AnswerAsync(context, ended);
            return GrpcStatus.Ok;
        }
        catch (GrpcException e)
        {
            return e.Status;
        }
        catch (FlexCoreException e)
        {
            return GrpcStatus.Of(e.Errors);
        }
        catch (Exception e) when (e is OperationCanceledException || (e is IOException or BadHttpRequestException && context.RequestAborted.IsCancellationRequested))
        {
            return deadline?.IsCancellationRequested == true ? GrpcStatus.Of(GrpcCode.DeadlineExceeded, "it was not done within the time that the call gave")
                : stopping.IsCancellationRequested ? GrpcStatus.Of(GrpcCode.Unavailable, "the server stops")
                : GrpcStatus.Of(GrpcCode.Cancelled, "the call was given up");
        }
        catch (BadHttpRequestException e)
        {
            return GrpcStatus.Of(GrpcCode.Internal, e.Message);
        }
#pragma warning disable CA1031 // One call must not take the node with it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Broken(context.Record().GrpcMethod, e);
            return GrpcStatus.Of([new Error(ErrorCodes.Bug, "this is a defect of the server; its log says more")]);
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    private async Task AnswerAsync(HttpContext context, CancellationTokenSource ended)
    {
        if (!methods.TryGetValue(context.Request.Path.Value ?? "", out var method)) throw new GrpcException(GrpcCode.Unimplemented, $"there is no method {Printable.Escape(context.Request.Path)}");
        var record = context.Record();
        (record.GrpcMethod, record.IsStream, record.IsHealthCheck) = (context.Request.Path, method.IsStream, method.IsPublic);
        if (!method.IsPublic && await authentication.IdentifyAsync(context).WaitAsync(ended.Token) is { } refusal) throw new FlexCoreException(refusal.Error);
        if (!method.IsPublic && rates.Count(context) is { } tooMany) throw new FlexCoreException(tooMany.Error);
        if (context.Request.Headers["grpc-encoding"] is [{ } encoding] && encoding != Identity) throw new GrpcException(GrpcCode.Unimplemented, $"messages in {Printable.Escape(encoding)} are not taken");

        // A stream would let the server wait for as long as somebody listens.
        await using var stop = method.IsStream ? stopping.UnsafeRegister(_ => ended.Cancel(), null) : default;
        await method.AnswerAsync(new GrpcMessages(context.Request.BodyReader, context.Response.BodyWriter), new GrpcCall(method.IsPublic ? null : context.Caller(), served.Bus, ended.Token)
        {
            Repeated = context.Request.Headers.ContainsKey(KeptAnswers.KeyHeader) ? new RepeatedCall(kept, context) : null,
        });
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is ';' || contentType[ContentType.Length..].StartsWith("+proto", StringComparison.Ordinal));

    // Percent-encoding of the protocol: all but printable ASCII, and the percent sign.
    private static string Escape(string message)
    {
        var text = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(message))
        {
            if (octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%') text.Append((char)octet);
            else text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return text.ToString();
    }
}
