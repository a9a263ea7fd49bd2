using FlexCore.Application.Ports;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>A schedule that starts runs.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Since">Since when it does: what was due before is nobody's business.</param>
internal sealed record EffectiveSchedule(Schedule Schedule, DateTimeOffset Since)
{
    /// <summary>The schedules of a pipeline that start runs now. One that a new definition leaves as it was goes on.</summary>
    /// <param name="history">Of the pipeline.</param>
    public static IReadOnlyList<EffectiveSchedule> From(IEnumerable<RecordedFact> history)
    {
        var pipeline = Pipeline.Unknown;
        IReadOnlyList<EffectiveSchedule> effective = [];
        foreach (var fact in history)
        {
            pipeline = pipeline.Apply(fact.Event);
            effective = [.. pipeline.ActiveTriggers.Schedules.Select(schedule => effective.FirstOrDefault(known => known.Schedule == schedule) ?? new EffectiveSchedule(schedule, fact.At))];
        }

        return effective;
    }
}
