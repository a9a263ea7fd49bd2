using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Monitoring;

/// <summary>The spans of runs and of the attempts of their steps, of the source <c>FlexCore.Runs</c>; null wherever nobody wants them.</summary>
internal static class RunSpans
{
    private static readonly ActivitySource Source = new("FlexCore.Runs");

    /// <summary>Begins that of a run, for what follows.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="pipeline">Of what.</param>
    /// <param name="traceParent">The span of whoever wanted it; null where that is the current one, or none.</param>
    public static Activity? BeginRun(Guid runId, string pipeline, string? traceParent = null)
    {
        if (!Source.HasListeners()) return null;
        var parent = ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var theirs) ? theirs : Activity.Current?.Context ?? default;
        return Source.StartActivity($"run {pipeline}", ActivityKind.Internal, parent, [new("flexcore.run.id", runId.ToString()), new("flexcore.pipeline", pipeline)]);
    }

    /// <summary>Says how a run has ended, or that it is left to others.</summary>
    public static void End(Activity? span, RunState run)
    {
        if (span is null) return;
        span.SetTag("flexcore.run.status", run.Status.ToString().ToLowerInvariant());
        if (run.Status == RunStatus.Failed) span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }

    /// <summary>Begins that of an attempt, under that of its run; it is the current one for nobody yet, so that a step can be prepared before its time.</summary>
    public static Activity? CreateStep(Step step, int attempt, EventContext run)
    {
        if (!Source.HasListeners() || !ActivityContext.TryParse(run.TraceParent, traceState: null, out var parent)) return null;
        var current = Activity.Current;
        var span = Source.StartActivity($"step {step.Id}", ActivityKind.Internal, parent, [new("flexcore.step", step.Id), new("flexcore.step.attempt", attempt)]);
        Activity.Current = current;
        return span;
    }

    /// <summary>Says how an attempt has ended.</summary>
    public static void End(Activity? span, StepResult result)
    {
        if (span is null) return;
        span.SetTag("flexcore.records", result.Tally.Records.Values.Sum());
        if (result.Failure is { } failure) span.SetStatus(ActivityStatusCode.Error, failure.Code);
        span.Dispose();
    }
}
