using FlexCore.Client;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Output;

/// <summary>A way to watch a run.</summary>
internal interface IRunView : IAsyncDisposable
{
    /// <summary>Shows something. Calls come from several threads; none may block for long.</summary>
    void Tell(RunNews news);
}

/// <summary>Chooses how a run is watched: live on a terminal, plain lines elsewhere, or not at all. All on standard error.</summary>
internal static class RunViews
{
    private static readonly string[] Levels = ["debug", "info", "warning", "error"];

    public static IRunView Choose(bool silent, bool verbose)
    {
        if (silent) return new SilentRunView();
        return Console.IsErrorRedirected ? new PlainRunView(verbose) : new LiveRunView(verbose);
    }

    /// <summary>Whether a line is shown while it is said; all are in the run's log.</summary>
    public static bool IsShown(RunLogLine line, bool verbose) => verbose || Array.IndexOf(Levels, line.Level) > 0;

    /// <summary>What a run says at its beginning.</summary>
    public static IEnumerable<string> Opening(RunBegan run)
    {
        yield return $"run {run.RunId} of {run.Pipeline} (version {run.PipelineVersion}){Kind(run.DryRun, run.Replays)}{(run.Resumes is { } old ? $", goes on from interrupted run {old}" : "")}";
        foreach (var grant in run.Grants) yield return $"  {grant.Step}: {grant.Plugin} gets {grant.Grant}{(grant.WiderLimits.Length > 0 ? $", and wider limits: {grant.WiderLimits}" : "")}";
    }

    /// <summary>What kind of run it is, where it is not the usual one.</summary>
    public static string Kind(bool isDryRun, int? replays) => (isDryRun ? ", dry" : "") + (replays is { } letters ? $", replays {Figures.Count(letters, "dead letter")}" : "");

    /// <summary>What is said of a step that has ended.</summary>
    public static string Closing(RunStep step) => step.Status switch
    {
        "succeeded" when step.Bytes > 0 || step.Streams.Count > 0 => $"{step.Id}: succeeded, {Words.Records(step.Records)}, {Figures.Size(step.Bytes)}{Words.NotDelivered(step)}",
        "skipped" => $"{step.Id}: skipped, {step.Reason}",
        "failed" => $"{step.Id}: failed, {step.Error?.Message}",
        _ => $"{step.Id}: {step.Status}",
    };
}

/// <summary>Says nothing.</summary>
internal sealed class SilentRunView : IRunView
{
    public void Tell(RunNews news)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Plain lines; a line of progress every few seconds.</summary>
internal sealed class PlainRunView(bool verbose) : IRunView
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private long _lastProgress = TimeProvider.System.GetTimestamp();

    public void Tell(RunNews news)
    {
        switch (news)
        {
            case RunWarning warning:
                Console.Error.WriteLine($"warning: {warning.Message}");
                break;
            case RunBegan began:
                foreach (var line in RunViews.Opening(began)) Console.Error.WriteLine(line);
                break;
            case StepBegan step:
                Console.Error.WriteLine($"{step.Step}: started");
                break;
            case StepProgressed progress:
                Tell(progress);
                break;
            case PluginSaid { Line: var line } when RunViews.IsShown(line, verbose):
                Console.Error.WriteLine($"{line.Step}: {line.Plugin}: {line.Message}");
                break;
            case StepEnded ended:
                Console.Error.WriteLine(RunViews.Closing(ended.Step));
                break;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Tell(StepProgressed progress)
    {
        if (TimeProvider.System.GetElapsedTime(_lastProgress) < ProgressEvery) return;
        _lastProgress = TimeProvider.System.GetTimestamp();
        Console.Error.WriteLine($"{progress.Step}: {Words.Records(progress.Streams.ToDictionary(stream => stream.Key, stream => stream.Value.Records, StringComparer.Ordinal))}, {Figures.Size(progress.Bytes)} so far");
    }
}
