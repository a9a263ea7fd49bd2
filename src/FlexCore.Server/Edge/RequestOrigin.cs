using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Edge;

/// <summary>What a request says of where it belongs.</summary>
internal static class RequestOrigin
{
    /// <summary>The header with the correlation id, of requests and of answers.</summary>
    public const string CorrelationHeader = "X-Correlation-ID";

    private const int LongestCorrelationId = 128;
    private const string SpanName = "FlexCore.Server.Request";

    // It is written into logs, events and headers as it is.
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@");

    /// <summary>The id that the caller has given it; a new one where they gave none that can be used.</summary>
    public static string CorrelationIdOf(HttpRequest request) =>
        request.Headers[CorrelationHeader] is [{ Length: > 0 and <= LongestCorrelationId } given] && !given.AsSpan().ContainsAnyExcept(Allowed) ? given : Guid.CreateVersion7().ToString();

    /// <summary>Begins a span in the trace that the caller says (W3C Trace Context), or in a new one where they say none that can be read; null where the framework has begun one.</summary>
    public static Activity? BeginSpan(HttpRequest request)
    {
        if (Activity.Current is not null) return null;
        var span = new Activity(SpanName).SetIdFormat(ActivityIdFormat.W3C);
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
}
