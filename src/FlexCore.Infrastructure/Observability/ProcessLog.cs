using FlexCore.Application.Settings;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;

namespace FlexCore.Infrastructure.Observability;

/// <summary>The log of a process that serves, on standard error, in files and at a collector. Whoever writes does not wait for whoever reads.</summary>
internal static class ProcessLog
{
    // So many entries wait for a standard error or a disk that is slow; those for which there is no room are left out.
    private const int MostWaiting = 10_000;

    // Of the framework only what is wrong, but for its words on each request, which have the address in them as it was written, and on a start that fails, of which whoever starts it says more.
    private const string Framework = "Microsoft";
    private static readonly string[] LeftOut = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.Extensions.Hosting.Internal.Host"];

    /// <summary>Begins it; whoever disposes it waits until what waits is written.</summary>
    /// <param name="settings">Where it goes, and in what form.</param>
    /// <param name="level">From where on something is loud enough, as of now.</param>
    /// <param name="collector">Where it is sent, too; null for nowhere.</param>
    public static ILoggerFactory Open(LogSettings settings, Func<LogSeverity> level, OtlpCollector? collector) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Trace).AddFilter((category, of) => of >= LevelOf(level()) && (of >= LogLevel.Warning || !IsOfFramework(category)) && !LeftOut.Contains(category, StringComparer.Ordinal));
        logging.AddProvider(new SerilogLoggerProvider(Write(settings), dispose: true));
        if (collector is null) return;
        logging.AddOpenTelemetry(telemetry =>
        {
            telemetry.IncludeFormattedMessage = true;
            telemetry.SetResourceBuilder(collector.Resource).AddOtlpExporter(options => collector.Describe(options, "logs"));
        });
    });

    private static Serilog.Core.Logger Write(LogSettings settings)
    {
        ITextFormatter lines = settings.Format == LogFormat.Json ? new JsonLogLines() : new TextLogLines();
        var log = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Async(sinks => sinks.Console(lines, standardErrorFromLevel: LevelAlias.Minimum), MostWaiting, blockWhenFull: false);
        if (settings.File is { } file)
        {
            log.WriteTo.Async(
                sinks => sinks.File(lines, file.Path, fileSizeLimitBytes: file.Bytes, rollingInterval: RollingInterval.Day, rollOnFileSizeLimit: true, retainedFileCountLimit: file.Kept), MostWaiting, blockWhenFull: false);
        }

        return log.CreateLogger();
    }

    private static bool IsOfFramework(string? category) => category?.StartsWith(Framework, StringComparison.Ordinal) is true;

    private static LogLevel LevelOf(LogSeverity severity) => severity switch
    {
        LogSeverity.Debug => LogLevel.Debug,
        LogSeverity.Information => LogLevel.Information,
        LogSeverity.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
