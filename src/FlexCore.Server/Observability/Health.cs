using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlexCore.Application.Monitoring;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Observability;

/// <summary>
/// Whether this node is alive (it answers), ready (what it needs is there and it is not ending) and well (each probe by name). Whoever asks often has no more looked at than once a second.
/// </summary>
internal sealed class Health(IReadOnlyList<HealthProbe> probes, TimeProvider time, CancellationToken ending)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Meter Meter = new("FlexCore.Health");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "health_check_duration_seconds", "s", "How long it took to look whether something that a node needs is there.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] });

    private static readonly Gauge<long> Status = Meter.CreateGauge<long>("health_check_status", description: "1 of what was there when it was looked at last, 0 of what was not.");

    private readonly Lock _lock = new();
    private Task<HealthReport>? _looking;
    private long _lookedAt;
    private readonly ConcurrentDictionary<string, (HealthCheck Check, long At)> _kept = new(StringComparer.Ordinal);

    /// <summary>Answers 200 as long as the process answers at all.</summary>
    public static Task WriteLiveAsync(HttpContext context) => context.Response.WriteAsync("live\n", context.RequestAborted);

    /// <summary>Answers 200 where callers may be sent here, else 503; without details, for everybody may ask.</summary>
    public async Task WriteReadyAsync(HttpContext context)
    {
        var report = await LookAsync().WaitAsync(context.RequestAborted);
        var isReady = report.Status != HealthReport.Unhealthy && !ending.IsCancellationRequested;
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync(isReady ? "ready\n" : "not ready\n", context.RequestAborted);
    }

    /// <summary>Answers with everything that was looked at; 503 where something that is needed is not there.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var report = await LookAsync().WaitAsync(context.RequestAborted);
        context.Response.StatusCode = report.Status == HealthReport.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await context.Response.WriteAsJsonAsync(report, FlexCoreJson.Default.HealthReport, contentType: null, context.RequestAborted);
    }

    /// <summary>Looks, so that the metrics have what there is now.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => LookAsync().WaitAsync(cancellationToken);

    // One looks for all who ask meanwhile.
    private Task<HealthReport> LookAsync()
    {
        lock (_lock)
        {
            if (_looking is null || (_looking.IsCompleted && time.GetElapsedTime(_lookedAt) >= KeptFor))
            {
                _lookedAt = time.GetTimestamp();
                _looking = LookAtAllAsync();
            }

            return _looking;
        }
    }

    private async Task<HealthReport> LookAtAllAsync()
    {
        var checks = await Task.WhenAll(probes.Select(LookAtAsync));
        var missing = probes.Zip(checks).Where(pair => pair.Second.Status != HealthReport.Healthy).ToList();
        return new HealthReport(missing.Count == 0 ? HealthReport.Healthy : missing.Exists(pair => pair.First.IsNeeded) ? HealthReport.Unhealthy : HealthReport.Degraded, checks);
    }

    private async Task<HealthCheck> LookAtAsync(HealthProbe probe)
    {
        if (_kept.TryGetValue(probe.Name, out var kept) && time.GetElapsedTime(kept.At) < probe.KeptFor) return kept.Check;
        var began = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(Patience, time);
        string? detail = null, error = null;
        try
        {
            detail = await probe.LookAsync(limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            error = $"no answer within {Patience.TotalSeconds:0} s";
        }
        catch (FlexCoreException e)
        {
            error = e.Message;
        }

        var took = Stopwatch.GetElapsedTime(began);
        KeyValuePair<string, object?> name = new("check_name", probe.Name);
        Duration.Record(took.TotalSeconds, name);
        Status.Record(error is null ? 1 : 0, name);
        var check = new HealthCheck(probe.Name, error is null ? HealthReport.Healthy : probe.IsNeeded ? HealthReport.Unhealthy : HealthReport.Degraded, (long)took.TotalMilliseconds, detail, error);
        _kept[probe.Name] = (check, time.GetTimestamp());
        return check;
    }
}
