using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Cli.Output;

/// <summary>The schedules of a pipeline as people read them.</summary>
internal static class ScheduleText
{
    private const int Shown = 3;

    /// <summary>A line for each schedule, and one for the next due times.</summary>
    public static IEnumerable<string> Lines(Pipeline pipeline, DateTimeOffset now)
    {
        var triggers = pipeline.Current!.Triggers;
        foreach (var schedule in triggers.Schedules)
        {
            var bounds = $"{(schedule.Start is { } start ? $", from {Words.Time(start)}" : "")}{(schedule.End is { } end ? $", until {Words.Time(end)}" : "")}";
            yield return $"schedule: {Printable.Escape(schedule.Cron)} in {schedule.Timezone}, overlap {Words.Kebab(schedule.Overlap)}, misfire {Words.Kebab(schedule.Misfire)}{bounds}";
        }

        if (triggers.Schedules.Count == 0) yield break;
        yield return pipeline.Lifecycle == PipelineLifecycle.Active
            ? $"next due: {string.Join(", ", Next(triggers, now).Select(Words.Time).DefaultIfEmpty("never"))}"
            : $"next due: never, for it is {Words.Kebab(pipeline.Lifecycle)}: `flexcore pipeline activate {pipeline.Name}`";
    }

    /// <summary>The next due times of all schedules together.</summary>
    public static IReadOnlyList<DateTimeOffset> Next(Triggers triggers, DateTimeOffset now) =>
        [.. triggers.Schedules.SelectMany(schedule => schedule.After(now).Take(Shown)).Distinct().Order().Take(Shown)];
}
