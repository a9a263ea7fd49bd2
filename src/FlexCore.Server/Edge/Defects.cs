using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Edge;

/// <summary>What only a mistake of FlexCore itself can bring about.</summary>
internal static partial class Defects
{
    /// <summary>Says it, for whoever is to repair it.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="route">Of which requests.</param>
    /// <param name="exception">What happened.</param>
    [LoggerMessage(EventId = 2, EventName = "RequestBroken", Level = LogLevel.Error, Message = "{Route} is broken")]
    public static partial void Broken(this ILogger log, string? route, Exception exception);
}
