using System.Text;
using FlexCore.Domain.Access;
using FlexCore.Server.Access;
using FlexCore.Server.Repeating;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Rest;

/// <summary>Does a POST with an <c>Idempotency-Key</c> once (<see cref="KeptAnswers"/>).</summary>
internal sealed class RepeatedRequests(KeptAnswers answers)
{
    /// <summary>The request as it was begun first; null for one that is not repeated.</summary>
    public static BegunRequest? BegunOf(HttpContext context) => context.Features.Get<BegunRequest>();

    /// <summary>Lets a request pass once.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Headers[KeptAnswers.KeyHeader].Count == 0 || context.GetEndpoint()?.Metadata.GetMetadata<PublicEndpoint>() is not null)
        {
            await next(context);
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<ToldOnceEndpoint>() is not null) throw Paging.Wrong($"{KeptAnswers.KeyHeader} cannot be used here: the answer is told once and not kept");
        var found = await answers.BeginAsync(context.Caller(), KeptAnswers.KeyOf(context.Request.Headers)!, await FingerprintAsync(context.Request), context.RequestAborted);
        if (found.Refusal is { } refusal) await Problems.WriteAsync(context, [refusal.Error], refusal.After);
        else if (found.Answer is { } answered) await TellAgainAsync(context.Response, answered, context.RequestAborted);
        else await AnswerAsync(context, next, found.Begun);
    }

    private static Task TellAgainAsync(HttpResponse response, RequestAnswered answered, CancellationToken cancellationToken)
    {
        response.StatusCode = answered.Status;
        response.ContentType = answered.ContentType;
        response.Headers[KeptAnswers.ReplayedHeader] = "true";
        return response.WriteAsync(answered.Body, cancellationToken);
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, BegunRequest begun)
    {
        context.Features.Set(begun);
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

        await answers.KeepAsync(begun, new RequestAnswered(context.Response.StatusCode, context.Response.ContentType, Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length)), context.Caller());
        body.Position = 0;
        await body.CopyToAsync(wire, context.RequestAborted);
    }

    private static async Task<string> FingerprintAsync(HttpRequest request)
    {
        request.EnableBuffering();
        var fingerprint = await KeptAnswers.FingerprintAsync($"{request.Method} {request.Path}{request.QueryString}", request.Body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return fingerprint;
    }
}

/// <summary>Marks an endpoint whose answer must not be kept anywhere.</summary>
internal sealed class ToldOnceEndpoint;
