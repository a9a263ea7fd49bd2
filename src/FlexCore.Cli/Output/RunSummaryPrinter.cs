using FlexCore.Domain.Errors;
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
        }

        foreach (var failed in run.Steps.Where(step => step.Status == StepStatus.Failed && run.Status == RunStatus.Failed))
        {
            var code = ErrorCodes.Find(failed.Code!);
            Console.Error.WriteLine(new Error(code, $"step {failed.Id}: {failed.Message}"));
            Console.Error.WriteLine($"  → {code.Remedy.Replace("RUN", run.RunId.ToString(), StringComparison.Ordinal)}");
        }
    }

    private static string Describe(StepState step)
    {
        var plugins = string.Join(", ", step.Tally.Plugins.Select(plugin => $"{plugin.Name} {plugin.CpuMs} ms CPU, {Words.Size(plugin.PeakMemoryBytes)}"));
        var moved = step.Tally.Bytes > 0 || step.Tally.Streams.Count > 0 ? $"  {Words.Records(step.Tally.Records)}, {Words.Size(step.Tally.Bytes)}{Words.NotDelivered(step.Tally)}" : "";
        return $"{step.Id}: {Words.Status(step.Status)}{moved}{(plugins.Length > 0 ? $"  [{plugins}]" : "")}";
    }
}
