using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Scheduling;

/// <summary>What starts runs of a pipeline beside people, while it is active.</summary>
/// <param name="Schedules">At given times.</param>
public sealed record Triggers(IReadOnlyList<Schedule> Schedules)
{
    /// <summary>Only people start it.</summary>
    public static Triggers None { get; } = new([]);

    /// <summary>When something else has happened.</summary>
    public IReadOnlyList<EventTrigger> Events { get; init => field = value ?? []; } = [];
}

/// <summary>An event that starts a run; never one of the pipeline's own.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Pipeline">Only those about this pipeline, or a run of it; null for all.</param>
/// <param name="Kind">What the run says has started it: an event, or a pipeline that has ended.</param>
public sealed record EventTrigger(string Type, string? Pipeline, TriggerKind Kind);
