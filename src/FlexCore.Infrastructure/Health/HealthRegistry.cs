using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Health;

/// <summary>
/// All checks of a process. They run beside each other, each within its time, once for all who ask meanwhile; what was found is kept for a moment. The log tells when something goes and when it is
/// back, not at each look.
/// </summary>
/// <param name="checks">The checks; each has a name of its own.</param>
/// <param name="log">Told of changes.</param>
/// <param name="time">The clock.</param>
public sealed partial class HealthRegistry(IEnumerable<HealthCheck> checks, ILogger<HealthRegistry> log, TimeProvider time)
{
    private static readonly Meter Meter = new("FlexCore.Health");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "health_check_duration_seconds", "s", "How long it took to look whether something that a node needs is there.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] });

    private static readonly Gauge<long> Status = Meter.CreateGauge<long>("health_check_status", description: "1 of what was there when it was looked at last, 0 of what was not.");

    private readonly Watched[] _checks = [.. checks.Select(check => new Watched(check))];

    /// <summary>Looks at everything.</summary>
    public Task<HealthReport> CheckAsync(CancellationToken cancellationToken) => CheckAsync(_checks, cancellationToken);

    /// <summary>Looks at what has one of the tags.</summary>
    public Task<HealthReport> CheckAsync(HealthTags tags, CancellationToken cancellationToken) => CheckAsync(_checks.Where(watched => (watched.Check.Tags & tags) != HealthTags.None), cancellationToken);

    private async Task<HealthReport> CheckAsync(IEnumerable<Watched> asked, CancellationToken cancellationToken)
    {
        var findings = await Task.WhenAll(asked.Select(LookAsync)).WaitAsync(cancellationToken);
        return new HealthReport(findings.Length == 0 ? HealthStatus.Healthy : findings.Max(finding => finding.Status), findings);
    }

    // One looks for all who ask meanwhile; nobody's cancellation ends it for the others.
    private Task<HealthFinding> LookAsync(Watched watched)
    {
        lock (watched)
        {
            if (watched.Looking is not { } looking || (looking.IsCompleted && time.GetElapsedTime(watched.LookedAt) >= watched.Check.KeptFor))
            {
                watched.LookedAt = time.GetTimestamp();
                watched.Looking = looking = LookNowAsync(watched);
            }

            return looking;
        }
    }

    private async Task<HealthFinding> LookNowAsync(Watched watched)
    {
        var check = watched.Check;
        var began = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(check.Timeout, time);
        string? detail = null, error = null;
        try
        {
            detail = await check.LookAsync(limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            error = $"no answer within {check.Timeout.TotalSeconds:0.###} s";
        }
        catch (Exception e)
        {
            error = e is FlexCoreException known ? known.Message : $"{e.GetType().Name}: {Printable.Escape(e.Message)}";
        }

        var took = Stopwatch.GetElapsedTime(began);
        KeyValuePair<string, object?> name = new("check_name", check.Name);
        Duration.Record(took.TotalSeconds, name);
        Status.Record(error is null ? 1 : 0, name);
        if (error is not null && !watched.IsAway) LogAway(log, check.Name, error);
        if (error is null && watched.IsAway) LogBack(log, check.Name);
        watched.IsAway = error is not null;
        return new HealthFinding(
            check.Name, error is null ? HealthStatus.Healthy : check.Tags.HasFlag(HealthTags.Optional) ? HealthStatus.Degraded : HealthStatus.Unhealthy, took.TotalMilliseconds, detail, error);
    }

    [LoggerMessage(EventId = 310, EventName = "HealthCheckFailed", Level = LogLevel.Warning, Message = "{Check} is not as it should be: {Error}")]
    private static partial void LogAway(ILogger log, string check, string error);

    [LoggerMessage(EventId = 311, EventName = "HealthCheckRecovered", Level = LogLevel.Information, Message = "{Check} is as it should be again")]
    private static partial void LogBack(ILogger log, string check);

    private sealed class Watched(HealthCheck check)
    {
        public HealthCheck Check => check;

        public Task<HealthFinding>? Looking { get; set; }

        public long LookedAt { get; set; }

        public bool IsAway { get; set; }
    }
}
