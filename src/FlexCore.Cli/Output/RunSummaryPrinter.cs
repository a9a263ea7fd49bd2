using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Output;

/// <summary>The last words of a run: the summary on standard output, what went wrong on standard error.</summary>
internal static class RunSummaryPrinter
{
    private const string Failed = "failed";

    public static void Print(Run run, bool quiet)
    {
        if (!quiet)
        {
            var took = run.DurationMs is { } duration ? $" in {Figures.Duration(duration)}" : "";
            Console.Out.WriteLine($"run {run.RunId} of {run.Pipeline}: {run.Status}{took}");
            foreach (var step in run.Steps) Console.Out.WriteLine($"  {Describe(step)}");
            WarnOfIsolation(run, Console.Out);
        }
        else
        {
            WarnOfIsolation(run, Console.Error); // Less than was promised is never silent.
        }

        foreach (var failed in run.Steps.Where(step => step.Status == Failed && run.Status == Failed))
        {
            var code = ErrorCodes.Find(failed.Error!.Code);
            Console.Error.WriteLine(new Error(code, $"step {failed.Id}: {failed.Error.Message}"));
            Console.Error.WriteLine($"  → {code.Remedy.Replace("RUN", run.RunId.ToString(), StringComparison.Ordinal)}");
        }
    }

    /// <summary>Everything that its events say of a run, on standard output.</summary>
    public static void PrintDetails(Run run)
    {
        Console.Out.WriteLine($"run {run.RunId} of {run.Pipeline} (version {run.PipelineVersion}){RunViews.Kind(run.DryRun, run.Replays)}: {run.Status}");
        Console.Out.WriteLine($"{(run.Status == "queued" ? "wanted" : "started")} {Figures.Time(run.StartedAt)}, {Why(run.Trigger)}{(run.Node is { } node ? $", on node {Printable.Escape(node)}" : "")}{(run.DurationMs is { } duration ? $", took {Figures.Duration(duration)}" : "")}");
        if (run.Waits is { } waits) Console.Out.WriteLine($"waits: {waits}");
        if (run.RetryOf is { } earlier) Console.Out.WriteLine($"runs {earlier} again{(run.KeepsSucceeded ? ", from the steps that have not succeeded there" : " from its start")}");
        if (run.CancelRequested is { } wish) Console.Out.WriteLine($"asked to stop: {Printable.Escape(wish)}");
        if (run.Environment is { } environment) Console.Out.WriteLine($"environment {environment}");
        if (run.Resumes is { } old) Console.Out.WriteLine($"goes on from interrupted run {old}");
        if (run.Reason is { } reason) Console.Out.WriteLine($"reason: {reason}");
        foreach (var step in run.Steps)
        {
            Console.Out.WriteLine($"{RunViews.Closing(step)}{(step.Attempts > 1 ? $", attempt {step.Attempts}" : "")}{(step.Kept ? ", kept" : "")}{(step.SubRun is { } sub ? $", run {sub}" : "")}");
            foreach (var plugin in step.Plugins)
                Console.Out.WriteLine($"  {plugin.Name}: {plugin.Outcome}, exit code {plugin.ExitCode?.ToString() ?? "-"}, {plugin.CpuMs} ms CPU, {Figures.Size(plugin.PeakMemoryBytes)} at most, isolation {plugin.Isolation}, events in execution-{plugin.Execution}");
        }

        WarnOfIsolation(run, Console.Out);
    }

    private static string Why(RunTrigger trigger) => trigger.Kind switch
    {
        "manual" => "by hand",
        "retry" => "as a retry",
        var kind => $"by {kind}{(trigger.Source is { } source ? $" {Printable.Escape(source)}" : "")}{(trigger.DueAt is { } due ? $" for {Figures.Time(due)}" : "")}",
    };

    private static void WarnOfIsolation(Run run, TextWriter to)
    {
        if (run.Degraded) to.WriteLine($"warning: isolation was degraded: plugins ran at level {run.Isolation.Level}, without {string.Join(", ", run.Isolation.Missing)}");
    }

    private static string Describe(RunStep step)
    {
        var plugins = string.Join(", ", step.Plugins.Select(plugin => $"{plugin.Name} {plugin.CpuMs} ms CPU, {Figures.Size(plugin.PeakMemoryBytes)}"));
        var moved = step.Bytes > 0 || step.Streams.Count > 0 ? $"  {Words.Records(step.Records)}, {Figures.Size(step.Bytes)}{Words.NotDelivered(step)}" : "";
        return $"{step.Id}: {step.Status}{moved}{(plugins.Length > 0 ? $"  [{plugins}]" : "")}";
    }
}
