using System.Text.Json;
using FlexCore.Client;
using FlexCore.Server.Documents;
using FlexCore.Server.Following;

namespace FlexCore.Server.Console.Charts;

/// <summary>When the attempts of the steps of a run were under way, as parts of its time.</summary>
/// <param name="Rows">The attempts of each step that was begun, oldest first.</param>
/// <param name="Ticks">Times to read them by.</param>
public sealed record Gantt(IReadOnlyDictionary<string, IReadOnlyList<GanttBar>> Rows, IReadOnlyList<GanttTick> Ticks)
{
    /// <summary>Narrower bars could not be seen.</summary>
    public const double LeastWidth = 0.6;

    private const int MostTicks = 6;

    private static readonly long[] Spacings = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000];

    /// <summary>Lays the chart out.</summary>
    /// <param name="events">What has happened to the run, in order.</param>
    /// <param name="now">The time, up to which what is under way goes.</param>
    public static Gantt Of(IReadOnlyList<StoredEvent> events, DateTimeOffset now)
    {
        if (events.Count == 0) return new Gantt(new Dictionary<string, IReadOnlyList<GanttBar>>(StringComparer.Ordinal), []);
        var begin = (events.FirstOrDefault(each => each.Type == "PipelineStarted") ?? events[0]).At;
        var isOver = RunEnd.Is(events[^1].Type);
        var end = isOver ? events[^1].At : now;
        var span = Math.Max(1, (end - begin).TotalMilliseconds);
        var rows = Attempts(events, end, isOver ? "interrupted" : "running").GroupBy(attempt => attempt.Step, StringComparer.Ordinal)
            .ToDictionary(step => step.Key, step => (IReadOnlyList<GanttBar>)[.. step.Select(attempt => Bar(attempt, begin, span))], StringComparer.Ordinal);
        return new Gantt(rows, [.. TicksOf(span)]);
    }

    private static IEnumerable<Attempt> Attempts(IReadOnlyList<StoredEvent> events, DateTimeOffset end, string unended)
    {
        var open = new Dictionary<string, (int Number, DateTimeOffset At)>(StringComparer.Ordinal);
        foreach (var happened in events)
        {
            if (happened.Type == "StepStarted")
            {
                var step = StepOf(happened);

                // Another node has begun it anew: the attempt before was lost with its node.
                if (open.Remove(step, out var lost)) yield return new Attempt(step, lost.Number, lost.At, happened.At, "interrupted");
                open[step] = (happened.Data.TryGetProperty("attempt", out var number) && number.TryGetInt32(out var count) ? count : 1, happened.At);
            }
            else if (happened.Type is "StepSucceeded" or "StepFailed" && open.Remove(StepOf(happened), out var begun))
            {
                yield return new Attempt(StepOf(happened), begun.Number, begun.At, happened.At, happened.Type == "StepSucceeded" ? "succeeded" : "failed");
            }
        }

        foreach (var (step, begun) in open) yield return new Attempt(step, begun.Number, begun.At, end, unended);
    }

    private static GanttBar Bar(Attempt attempt, DateTimeOffset begin, double span)
    {
        var width = Math.Clamp((attempt.To - attempt.From).TotalMilliseconds / span * 100, LeastWidth, 100);
        var x = Math.Clamp((attempt.From - begin).TotalMilliseconds / span * 100, 0, 100 - width);
        var took = Figures.Duration((long)(attempt.To - attempt.From).TotalMilliseconds);
        return new GanttBar(Math.Round(x, 2), Math.Round(width, 2), attempt.Status, $"attempt {attempt.Number}: {attempt.Status}{(attempt.Status == "running" ? "" : $", {took}")}");
    }

    private static IEnumerable<GanttTick> TicksOf(double span)
    {
        var spacing = Spacings.FirstOrDefault(each => span / each <= MostTicks, Spacings[^1] * (long)Math.Ceiling(span / Spacings[^1] / MostTicks));
        for (var at = 0L; at < span; at += spacing) yield return new GanttTick(Math.Round(at / span * 100, 2), at == 0 ? "0" : Figures.Duration(at));
    }

    private static string StepOf(StoredEvent happened) => happened.Data.TryGetProperty("step", out var step) && step.ValueKind == JsonValueKind.String ? step.GetString()! : "";

    private sealed record Attempt(string Step, int Number, DateTimeOffset From, DateTimeOffset To, string Status);
}

/// <summary>One attempt of a step.</summary>
/// <param name="X">Where it begins, in percent of the run's time.</param>
/// <param name="Width">How long it is, in percent.</param>
/// <param name="Status"><c>succeeded</c>, <c>failed</c>, <c>interrupted</c> or <c>running</c>.</param>
/// <param name="Title">The same in words.</param>
public sealed record GanttBar(double X, double Width, string Status, string Title);

/// <summary>A time to read a chart by.</summary>
/// <param name="X">Where, in percent.</param>
/// <param name="Label">The time since the beginning.</param>
public sealed record GanttTick(double X, string Label);
