using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Edge;
using FlexCore.Server.Repeating;
using FlexCore.Server.Rest;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Grpc;

/// <summary>Does a call with an idempotency key in its metadata once (<see cref="KeptAnswers"/>).</summary>
internal sealed class RepeatedCall(KeptAnswers answers, HttpContext context)
{
    private const string ContentType = "application/grpc+proto";

    /// <summary>Has a call done, or tells again what it came to before.</summary>
    /// <exception cref="FlexCoreException">Why it is not done, or was not before.</exception>
    public async Task<TAnswer> OnceAsync<TRequest, TAnswer>(TRequest request, GrpcCall call, Func<BegunRequest, Task<TAnswer>> answer)
        where TRequest : IMessage<TRequest>
        where TAnswer : IMessage<TAnswer>, new()
    {
        var key = KeptAnswers.KeyOf(context.Request.Headers)!;
        using var content = ContentOf(request);
        var fingerprint = await KeptAnswers.FingerprintAsync(context.Request.Path, content, call.CancellationToken);
        var found = await answers.BeginAsync(call.Caller!, key, fingerprint, call.CancellationToken);
        if (found.Refusal is { } refusal) throw new FlexCoreException(refusal.Error);
        if (found.Answer is { } answered) return TellAgain<TAnswer>(answered);
        try
        {
            var message = await answer(found.Begun);
            await answers.KeepAsync(found.Begun, Kept(StatusCodes.Status200OK, message.ToByteArray()), call.Caller!);
            return message;
        }
        catch (FlexCoreException e)
        {
            await answers.KeepAsync(found.Begun, Kept(Problems.StatusOf(e.Error.Code), GrpcErrors.Details(GrpcStatus.Of(e.Errors), context.Record().CorrelationId)), call.Caller!);
            throw;
        }
    }

    private TAnswer TellAgain<TAnswer>(RequestAnswered answered)
        where TAnswer : IMessage<TAnswer>, new()
    {
        context.Response.Headers[KeptAnswers.ReplayedHeader] = "true";
        var content = Convert.FromBase64String(answered.Body);
        return answered.Status == StatusCodes.Status200OK ? new MessageParser<TAnswer>(() => new TAnswer()).ParseFrom(content) : throw new FlexCoreException(GrpcErrors.Read(content));
    }

    // The status is that of HTTP, as for every answer that is kept; the body is the message, or google.rpc.Status.
    private static RequestAnswered Kept(int status, byte[] content) => new(status, ContentType, Convert.ToBase64String(content));

    // Clients write the entries of a map in any order, and another one each time.
    private static MemoryStream ContentOf<TRequest>(TRequest request)
        where TRequest : IMessage<TRequest>
    {
        var content = new MemoryStream();
        using var output = new CodedOutputStream(content, leaveOpen: true) { Deterministic = true };
        request.WriteTo(output);
        output.Flush();
        content.Position = 0;
        return content;
    }
}
