using System.Globalization;
using FlexCore.Application.Bus;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Grpc;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Edge;

/// <summary>The one line of the log on a request that has been answered: who has asked for what, and how it went; nothing of what they have written into its query, headers or body.</summary>
internal static class RequestLine
{
    private const string Template = "{Method} {Route} {Status} {Code} {DurationMs} ms, {RequestBytes} bytes in, {ResponseBytes} out, {Caller} at {Remote}, {CorrelationId}";
    private const string SlowTemplate = "slow: " + Template;

    // As nginx says it: nobody waited for the answer any more.
    private const int GivenUp = 499;
    private const int LongestMethod = 16;

    private static readonly EventId Answered = new(1, "RequestAnswered");

    /// <summary>Writes it.</summary>
    public static void Write(ILogger log, HttpContext context, RequestRecord record, TimeSpan duration, TimeSpan slow, long responseBytes)
    {
        var isGivenUp = context.RequestAborted.IsCancellationRequested && record.GrpcCode is null;
        var status = isGivenUp ? GivenUp : context.Response.StatusCode;
        var isSlow = duration > slow && !record.IsStream;
        var level = LevelOf(record, status);
        if (isSlow && level < LogLevel.Warning) level = LogLevel.Warning;
        if (!log.IsEnabled(level)) return;
        KeyValuePair<string, object?>[] facts =
        [
            new("Method", MethodOf(context.Request)),
            new("Route", record.RouteOf(context)),
            new("Status", record.GrpcCode is { } code ? GrpcErrors.NameOf(code) : status),
            new("Code", record.Error?.Code.Id),
            new("DurationMs", Math.Round(duration.TotalMilliseconds, 1)),
            new("Slow", isSlow),
            new("RequestBytes", context.Request.ContentLength),
            new("ResponseBytes", responseBytes),
            new("Caller", context.Features.Get<Caller>()?.Name),
            new("Remote", context.Connection.RemoteIpAddress?.ToString()),
            new("CorrelationId", record.CorrelationId),
            new("{OriginalFormat}", isSlow ? SlowTemplate : Template),
        ];
        log.Log(level, Answered, facts, exception: null, static (facts, _) => InWords(facts));
    }

    /// <summary>What a caller wants done; they may write anything there.</summary>
    public static string MethodOf(HttpRequest request) => request.Method.Length <= LongestMethod ? Printable.Escape(request.Method) : "?";

    private static string InWords(KeyValuePair<string, object?>[] facts)
    {
        var text = (string)facts[^1].Value!;
        foreach (var (name, value) in facts.SkipLast(1)) text = text.Replace($"{{{name}}}", Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } said ? said : "-", StringComparison.Ordinal);
        return text;
    }

    private static LogLevel LevelOf(RequestRecord record, int status)
    {
        if (record.Error is { } error) status = Problems.StatusOf(error.Code);
        else if (record.GrpcCode is GrpcCode.Internal) status = StatusCodes.Status500InternalServerError;
        return status switch
        {
            StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests => LogLevel.Warning,
            < StatusCodes.Status500InternalServerError => LogLevel.Information,
            _ => record.Error?.Code.Level == ErrorLevel.Critical ? LogLevel.Critical : LogLevel.Error,
        };
    }
}
