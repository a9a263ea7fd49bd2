using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Edge;

/// <summary>The span of a request, in the terms of OpenTelemetry's conventions for HTTP servers.</summary>
internal static class RequestSpan
{
    private const string Name = "FlexCore.Server.Request";

    // Machines ask there every few seconds: no trace is made of it.
    private static readonly PathString[] AboutHealth = ["/health", "/metrics", "/grpc.health.v1.Health"];

    /// <summary>Begins it in the trace that the caller says (W3C Trace Context), or in a new one where they say none that can be read; null where the framework has begun it, as it does when traces are sent.</summary>
    public static Activity? Begin(HttpRequest request)
    {
        if (Activity.Current is { } begun)
        {
            if (AboutHealth.Any(path => request.Path.StartsWithSegments(path, StringComparison.Ordinal))) begun.ActivityTraceFlags = ActivityTraceFlags.None;
            return null;
        }

        var span = new Activity(Name).SetIdFormat(ActivityIdFormat.W3C);
        if (request.Headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, request.Headers.TraceState.ToString(), out var theirs))
        {
            span.SetParentId(theirs.TraceId, theirs.SpanId, theirs.TraceFlags);
            span.TraceStateString = theirs.TraceState;
        }
        else
        {
            span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        }

        return span.Start();
    }

    /// <summary>Says what was asked and how it went; nothing of what callers have written into address, headers or body.</summary>
    public static void Describe(HttpContext context, RequestRecord record)
    {
        if (Activity.Current is not { IsAllDataRequested: true } span) return;
        var (method, route, status) = (RequestLine.MethodOf(context.Request), record.RouteOf(context), context.Response.StatusCode);
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("http.response.status_code", status).SetTag("flexcore.correlation_id", record.CorrelationId);
        if (record.Error is { } error) span.SetTag("error.type", error.Code.Id);
        if (status >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    }
}
