using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Edge;

/// <summary>What every request goes through first, by whichever address it came: it gets its ids and its place in a trace, and is told of when it has been answered.</summary>
internal sealed class RequestEdge(ILogger log, TimeSpan slow, TimeProvider time)
{
    /// <summary>Has a request answered, and tells of it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var began = time.GetTimestamp();
        var record = new RequestRecord(RequestOrigin.CorrelationIdOf(context.Request));
        context.Features.Set(record);
        context.Response.Headers[RequestOrigin.CorrelationHeader] = record.CorrelationId;
        var body = new CountedBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
        context.Features.Set<IHttpResponseBodyFeature>(body);
        using var span = RequestSpan.Begin(context.Request);
        try
        {
            await next(context);
        }
        finally
        {
            RequestSpan.Describe(context, record);
            if (!record.IsHealthCheck && context.GetEndpoint()?.Metadata.GetMetadata<HealthEndpoint>() is null)
                RequestLine.Write(log, context, record, time.GetElapsedTime(began), slow, body.Count);
        }
    }
}
