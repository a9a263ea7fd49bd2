namespace FlexCore.Domain.Pipelines;

/// <summary>What happens to a record that does not fit its schema.</summary>
public enum ValidationMode
{
    /// <summary>Nobody looks.</summary>
    Off,

    /// <summary>It passes, with a line in the run's log.</summary>
    Warn,

    /// <summary>It is kept as a dead letter, and the sync goes on. So is every record that cannot be processed.</summary>
    DeadLetter,

    /// <summary>The step fails.</summary>
    Fail,
}

/// <summary>How a sync treats records that cannot be processed.</summary>
/// <param name="Mode">What happens to them.</param>
/// <param name="MaxDeadLetters">More dead letters than this in one attempt fail the step.</param>
/// <param name="MaxPercent">Dead letters of more than so many percent of the tap's records fail the step; null sets no such limit.</param>
public sealed record Validation(ValidationMode Mode, long MaxDeadLetters, double? MaxPercent)
{
    /// <summary>The limit where the pipeline sets none: what is kept is bounded.</summary>
    public const long DefaultMaxDeadLetters = 10_000;

    /// <summary>Nobody looks.</summary>
    public static Validation None { get; } = new(ValidationMode.Off, DefaultMaxDeadLetters, null);
}
