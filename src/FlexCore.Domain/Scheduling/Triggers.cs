namespace FlexCore.Domain.Scheduling;

/// <summary>What starts runs of a pipeline beside people, while it is active.</summary>
/// <param name="Schedules">At given times.</param>
public sealed record Triggers(IReadOnlyList<Schedule> Schedules)
{
    /// <summary>Only people start it.</summary>
    public static Triggers None { get; } = new([]);
}
