using FlexCore.Application.Monitoring;
using FlexCore.Client;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Observability;

/// <summary>Whether this node is alive (it answers), ready (what it needs is there and it is not ending) and well (each probe by name).</summary>
internal sealed class Health(Func<CancellationToken, Task<IReadOnlyList<ProbeFinding>>> look, CancellationToken ending)
{
    /// <summary>Answers 200 as long as the process answers at all.</summary>
    public static Task WriteLiveAsync(HttpContext context) => context.Response.WriteAsync("live\n", context.RequestAborted);

    /// <summary>Answers 200 where callers may be sent here, else 503; without details, for everybody may ask.</summary>
    public async Task WriteReadyAsync(HttpContext context)
    {
        var report = await LookAsync(context.RequestAborted);
        var isReady = report.Status != HealthReport.Unhealthy && !ending.IsCancellationRequested;
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync(isReady ? "ready\n" : "not ready\n", context.RequestAborted);
    }

    /// <summary>Answers with everything that was looked at; 503 where something that is needed is not there.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var report = await LookAsync(context.RequestAborted);
        context.Response.StatusCode = report.Status == HealthReport.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await context.Response.WriteAsJsonAsync(report, FlexCoreJson.Default.HealthReport, contentType: null, context.RequestAborted);
    }

    /// <summary>Looks, so that the metrics have what there is now.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => look(cancellationToken);

    private async Task<HealthReport> LookAsync(CancellationToken cancellationToken)
    {
        var found = await look(cancellationToken);
        var missing = found.Where(finding => finding.Error is not null).ToList();
        return new HealthReport(
            missing.Count == 0 ? HealthReport.Healthy : missing.Exists(finding => finding.Probe.IsNeeded) ? HealthReport.Unhealthy : HealthReport.Degraded,
            [.. found.Select(finding => new HealthCheck(finding.Probe.Name, StatusOf(finding), (long)finding.Took.TotalMilliseconds, finding.Detail, finding.Error))]);
    }

    private static string StatusOf(ProbeFinding finding) => finding.Error is null ? HealthReport.Healthy : finding.Probe.IsNeeded ? HealthReport.Unhealthy : HealthReport.Degraded;
}
