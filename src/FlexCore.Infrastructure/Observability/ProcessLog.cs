using FlexCore.Application.Settings;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace FlexCore.Infrastructure.Observability;

/// <summary>The log of a process that serves, on standard error: an entry a line, as text or as JSON. Whoever writes does not wait for whoever reads.</summary>
internal static class ProcessLog
{
    // So many entries wait for a standard error that is slow; those for which there is no room are left out.
    private const int MostWaiting = 10_000;

    /// <summary>Begins it; whoever disposes it waits until what waits is written.</summary>
    public static ILoggerProvider Open(LogSettings settings)
    {
        ITextFormatter lines = settings.Format == LogFormat.Json ? new JsonLogLines() : new TextLogLines();
        var log = new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(settings.Level))
            .WriteTo.Async(sinks => sinks.Console(lines, standardErrorFromLevel: LevelAlias.Minimum), MostWaiting, blockWhenFull: false)
            .CreateLogger();
        return new SerilogLoggerProvider(log, dispose: true);
    }

    private static LogEventLevel LevelOf(LogSeverity severity) => severity switch
    {
        LogSeverity.Debug => LogEventLevel.Debug,
        LogSeverity.Information => LogEventLevel.Information,
        LogSeverity.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
