using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Output;

/// <summary>The schedules of a pipeline as people read them.</summary>
internal static class ScheduleText
{
    /// <summary>A line for each schedule, and one for the next due times.</summary>
    public static IEnumerable<string> Lines(Pipeline pipeline)
    {
        foreach (var schedule in pipeline.Schedules)
        {
            var bounds = $"{(schedule.Start is { } start ? $", from {Figures.Time(start)}" : "")}{(schedule.End is { } end ? $", until {Figures.Time(end)}" : "")}";
            yield return $"schedule: {Printable.Escape(schedule.Cron)} in {schedule.Timezone}, overlap {schedule.Overlap}, misfire {schedule.Misfire}{bounds}";
        }

        if (pipeline.Schedules.Count == 0) yield break;
        yield return pipeline.Lifecycle == "active"
            ? $"next due: {string.Join(", ", pipeline.NextDue.Select(Figures.Time).DefaultIfEmpty("never"))}"
            : $"next due: never, for it is {pipeline.Lifecycle}: `flexcore pipeline activate {pipeline.Name}`";
    }
}
