using Microsoft.Extensions.Logging;

namespace FlexCore.Cli.Output;

/// <summary>What a node says in its log beside what its server says there.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(EventId = 100, EventName = "NodeStarted", Level = LogLevel.Information, Message = "node {Node} takes runs: {Has}")]
    public static partial void NodeStarted(this ILogger log, string node, string has);

    [LoggerMessage(EventId = 101, EventName = "NodeWarned", Level = LogLevel.Warning, Message = "{Message}")]
    public static partial void Warned(this ILogger log, string message);

    [LoggerMessage(EventId = 104, EventName = "RestServed", Level = LogLevel.Information, Message = "REST at {Address}/api/v1, webhooks at {Address}/hooks/PIPELINE, the console at {Address}")]
    public static partial void RestServed(this ILogger log, string address);

    [LoggerMessage(EventId = 105, EventName = "GrpcServed", Level = LogLevel.Information, Message = "gRPC at {Address}")]
    public static partial void GrpcServed(this ILogger log, string address);

    [LoggerMessage(EventId = 106, EventName = "RetentionSaid", Level = LogLevel.Information, Message = "retention: {Message}")]
    public static partial void RetentionSaid(this ILogger log, string message);

    [LoggerMessage(EventId = 107, EventName = "SettingsSaid", Level = LogLevel.Information, Message = "settings: {Message}")]
    public static partial void SettingsSaid(this ILogger log, string message);

    [LoggerMessage(EventId = 108, EventName = "SettingsRefused", Level = LogLevel.Warning, Message = "settings: {Message}")]
    public static partial void SettingsRefused(this ILogger log, string message);

    [LoggerMessage(EventId = 109, EventName = "WorkersSaid", Level = LogLevel.Information, Message = "workers: {Message}")]
    public static partial void WorkersSaid(this ILogger log, string message);

    [LoggerMessage(EventId = 102, EventName = "RunStarted", Level = LogLevel.Information, Message = "run {Run}: {Pipeline} on {Node}")]
    public static partial void RunStarted(this ILogger log, Guid run, string pipeline, string? node);

    [LoggerMessage(EventId = 103, EventName = "RunWarned", Level = LogLevel.Warning, Message = "run {Run}: {Message}")]
    public static partial void RunWarned(this ILogger log, Guid run, string message);
}
