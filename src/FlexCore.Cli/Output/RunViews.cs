using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Output;

/// <summary>A way to watch a run.</summary>
internal interface IRunView : IRunObserver, IAsyncDisposable;

/// <summary>Chooses how a run is watched: live on a terminal, plain lines elsewhere, or not at all. All on standard error.</summary>
internal static class RunViews
{
    public static IRunView Choose(bool silent, bool verbose)
    {
        if (silent) return new SilentRunView();
        var threshold = verbose ? LogLineLevel.Debug : LogLineLevel.Info;
        return Console.IsErrorRedirected ? new PlainRunView(threshold) : new LiveRunView(threshold);
    }

    /// <summary>What a run says at its beginning.</summary>
    public static IEnumerable<string> Opening(RunState run, IReadOnlyList<EffectiveGrant> grants)
    {
        yield return $"run {run.RunId} of {run.Pipeline} (version {run.PipelineVersion}){Kind(run.IsDryRun, run.Replays)}{(run.Resumes is { } old ? $", goes on from interrupted run {old}" : "")}";
        foreach (var grant in grants) yield return $"  {grant.Step}: {grant.Plugin} gets {grant.Grant}{(grant.WiderLimits.Length > 0 ? $", and wider limits: {grant.WiderLimits}" : "")}";
    }

    /// <summary>What kind of run it is, where it is not the usual one.</summary>
    public static string Kind(bool isDryRun, int? replays) => (isDryRun ? ", dry" : "") + (replays is { } letters ? $", replays {Words.Count(letters, "dead letter")}" : "");

    /// <summary>What is said of a step that has ended.</summary>
    public static string Closing(StepState step) => step.Status switch
    {
        StepStatus.Succeeded when step.Tally.Bytes > 0 || step.Tally.Streams.Count > 0 => $"{step.Id}: succeeded, {Words.Records(step.Tally.Records)}, {Words.Size(step.Tally.Bytes)}{Words.NotDelivered(step.Tally)}",
        StepStatus.Skipped => $"{step.Id}: skipped, {step.Message}",
        StepStatus.Failed => $"{step.Id}: failed, {step.Message}",
        _ => $"{step.Id}: {Words.Status(step.Status)}",
    };
}

/// <summary>Says nothing.</summary>
internal sealed class SilentRunView : IRunView
{
    public void Warning(string message)
    {
    }

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants)
    {
    }

    public void StepStarted(string step)
    {
    }

    public void StepProgressed(StepProgress progress)
    {
    }

    public void PluginLogged(LogLine line)
    {
    }

    public void StepEnded(StepState step)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Plain lines; a line of progress every few seconds.</summary>
internal sealed class PlainRunView(LogLineLevel threshold) : IRunView
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private long _lastProgress = TimeProvider.System.GetTimestamp();

    public void Warning(string message) => Console.Error.WriteLine($"warning: {message}");

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants)
    {
        foreach (var line in RunViews.Opening(run, grants)) Console.Error.WriteLine(line);
    }

    public void StepStarted(string step) => Console.Error.WriteLine($"{step}: started");

    public void StepProgressed(StepProgress progress)
    {
        if (TimeProvider.System.GetElapsedTime(_lastProgress) < ProgressEvery) return;
        _lastProgress = TimeProvider.System.GetTimestamp();
        Console.Error.WriteLine($"{progress.Step}: {Words.Records(progress.Streams.ToDictionary(stream => stream.Key, stream => stream.Value.Records, StringComparer.Ordinal))}, {Words.Size(progress.Bytes)} so far");
    }

    public void PluginLogged(LogLine line)
    {
        if (line.Level >= threshold) Console.Error.WriteLine($"{line.Step}: {line.Plugin}: {line.Message}");
    }

    public void StepEnded(StepState step) => Console.Error.WriteLine(RunViews.Closing(step));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
