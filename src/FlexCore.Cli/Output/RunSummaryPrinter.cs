using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Output;

/// <summary>The last words of a run: the summary on standard output, what went wrong on standard error.</summary>
internal static class RunSummaryPrinter
{
    public static void Print(RunState run, bool quiet)
    {
        if (!quiet)
        {
            var took = run.DurationMs is { } duration ? $" in {Words.Duration(duration)}" : "";
            Console.Out.WriteLine($"run {run.RunId} of {run.Pipeline}: {Words.Status(run.Status)}{took}");
            foreach (var step in run.Steps) Console.Out.WriteLine($"  {Describe(step)}");
            WarnOfIsolation(run.Isolation, Console.Out);
        }
        else
        {
            WarnOfIsolation(run.Isolation, Console.Error); // Less than was promised is never silent.
        }

        foreach (var failed in run.Steps.Where(step => step.Status == StepStatus.Failed && run.Status == RunStatus.Failed))
        {
            var code = ErrorCodes.Find(failed.Code!);
            Console.Error.WriteLine(new Error(code, $"step {failed.Id}: {failed.Message}"));
            Console.Error.WriteLine($"  → {code.Remedy.Replace("RUN", run.RunId.ToString(), StringComparison.Ordinal)}");
        }
    }

    /// <summary>Everything that its events say of a run, on standard output.</summary>
    public static void PrintDetails(RunState run, DateTimeOffset startedAt, WaitReason? waits = null)
    {
        Console.Out.WriteLine($"run {run.RunId} of {run.Pipeline} (version {run.PipelineVersion}){RunViews.Kind(run.IsDryRun, run.Replays)}: {Words.Status(run.Status)}");
        Console.Out.WriteLine($"{(run.Status == RunStatus.Queued ? "wanted" : "started")} {Words.Time(startedAt)}, {Why(run.Trigger)}{(run.Node is { } node ? $", on node {Printable.Escape(node)}" : "")}{(run.DurationMs is { } duration ? $", took {Words.Duration(duration)}" : "")}");
        if (waits is not null) Console.Out.WriteLine($"waits: {waits.Describe()}");
        if (run.RetryOf is { } earlier) Console.Out.WriteLine($"runs {earlier} again{(run.KeepsSucceeded ? ", from the steps that have not succeeded there" : " from its start")}");
        if (run.CancelRequested is { } wish) Console.Out.WriteLine($"asked to stop: {Printable.Escape(wish)}");
        if (run.Environment is { } environment) Console.Out.WriteLine($"environment {environment}");
        if (run.Resumes is { } old) Console.Out.WriteLine($"goes on from interrupted run {old}");
        if (run.Reason is { } reason) Console.Out.WriteLine($"reason: {reason}");
        foreach (var step in run.Steps)
        {
            Console.Out.WriteLine($"{RunViews.Closing(step)}{(step.Attempts > 1 ? $", attempt {step.Attempts}" : "")}{(step.IsKept ? ", kept" : "")}{(step.SubRun is { } sub ? $", run {sub}" : "")}");
            foreach (var plugin in step.Tally.Plugins)
                Console.Out.WriteLine($"  {plugin.Name}: {Words.Kebab(plugin.Outcome)}, exit code {plugin.ExitCode?.ToString() ?? "-"}, {plugin.CpuMs} ms CPU, {Words.Size(plugin.PeakMemoryBytes)} at most, isolation {plugin.Isolation}, events in execution-{plugin.ExecutionId}");
        }

        WarnOfIsolation(run.Isolation, Console.Out);
    }

    private static string Why(RunTrigger trigger) => trigger.Kind switch
    {
        TriggerKind.Manual => "by hand",
        TriggerKind.Retry => "as a retry",
        var kind => $"by {Words.Kebab(kind)}{(trigger.Source is { } source ? $" {Printable.Escape(source)}" : "")}{(trigger.DueAt is { } due ? $" for {Words.Time(due)}" : "")}",
    };

    private static void WarnOfIsolation(Isolation isolation, TextWriter to)
    {
        if (isolation.IsDegraded) to.WriteLine($"warning: isolation was degraded: plugins ran at level {isolation.Name}, without {string.Join(", ", isolation.Missing)}");
    }

    private static string Describe(StepState step)
    {
        var plugins = string.Join(", ", step.Tally.Plugins.Select(plugin => $"{plugin.Name} {plugin.CpuMs} ms CPU, {Words.Size(plugin.PeakMemoryBytes)}"));
        var moved = step.Tally.Bytes > 0 || step.Tally.Streams.Count > 0 ? $"  {Words.Records(step.Tally.Records)}, {Words.Size(step.Tally.Bytes)}{Words.NotDelivered(step.Tally)}" : "";
        return $"{step.Id}: {Words.Status(step.Status)}{moved}{(plugins.Length > 0 ? $"  [{plugins}]" : "")}";
    }
}
