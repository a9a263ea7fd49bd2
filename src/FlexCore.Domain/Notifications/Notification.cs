using System.Globalization;
using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Notifications;

/// <summary>A message about a run, made of its events alone.</summary>
/// <param name="On">The occasion.</param>
/// <param name="Run">The run; of several the last.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Count">How often it has happened since the last message.</param>
/// <param name="Since">When that was for the first time.</param>
/// <param name="Late">After which time it is late, where that is the occasion.</param>
public sealed record Notification(Occasion On, RunState Run, DateTimeOffset StartedAt, int Count, DateTimeOffset Since, TimeSpan? Late)
{
    /// <summary>One line.</summary>
    public string Title => Printable.Escape($"{Pipeline} {Verb}{Often}");

    /// <summary>Some more lines, each ending with a newline. What plugins have said is in it, and no secret.</summary>
    public string Text => string.Concat(Lines().Select(line => Printable.Escape(line) + "\n"));

    private string Pipeline => Run.Environment is { } environment ? $"{Run.Pipeline} ({environment})" : Run.Pipeline;

    private string Verb => On switch
    {
        Occasion.Failure => "failed",
        Occasion.Recovery => "runs well again",
        Occasion.Late => $"is late: it runs for longer than {Words(Late ?? TimeSpan.Zero)}",
        Occasion.DeadLetters => "has dead letters",
        _ => "succeeded",
    };

    private string Often => Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", {Count} times since {Since:u}") : "";

    private IEnumerable<string> Lines()
    {
        yield return $"run {Run.RunId} of {Pipeline}, version {Run.PipelineVersion}: {Run.Status.ToString().ToLowerInvariant()}";
        yield return string.Create(CultureInfo.InvariantCulture, $"started {StartedAt:u}{(Run.DurationMs is { } took ? $", took {Words(TimeSpan.FromMilliseconds(took))}" : "")}");
        if (Run.Reason is { } reason) yield return $"reason: {reason}";
        if (On == Occasion.Late)
            foreach (var step in Run.Steps.Where(step => step.Status is StepStatus.Running or StepStatus.Retrying)) yield return $"step {step.Id} is {step.Status.ToString().ToLowerInvariant()}, attempt {step.Attempts}";
        if (Run.CountDead() is > 0 and var dead) yield return $"dead letters: {dead}; flexcore deadletters list --run {Run.RunId}{Environment}";
        yield return $"more: flexcore runs show {Run.RunId}{Environment}";
    }

    private string Environment => Run.Environment is { } environment ? $" --env {environment}" : "";

    private static string Words(TimeSpan time)
    {
        var (number, unit) = time < TimeSpan.FromMinutes(1) ? (time.TotalSeconds, "s") : time < TimeSpan.FromHours(1) ? (time.TotalMinutes, "min") : (time.TotalHours, "h");
        return string.Create(CultureInfo.InvariantCulture, $"{number:0.#} {unit}");
    }
}
