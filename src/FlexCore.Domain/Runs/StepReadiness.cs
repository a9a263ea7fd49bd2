using FlexCore.Domain.Pipelines;

namespace FlexCore.Domain.Runs;

/// <summary>What the graph says of a step that has not begun.</summary>
public enum StepReadiness
{
    /// <summary>Something that it needs has not ended.</summary>
    Waits,

    /// <summary>It may begin.</summary>
    Ready,

    /// <summary>It will never begin, because of how those that it needs have ended.</summary>
    LeftOut,

    /// <summary>It will never begin, because its condition is not true.</summary>
    Declined,

    /// <summary>Its condition has no answer.</summary>
    Undecided,
}

/// <summary>Reads the graph of a pipeline against a run.</summary>
public static class StepReadinessExtensions
{
    /// <summary>Whether a step may begin now.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">A step of its pipeline that has not begun.</param>
    /// <returns>For one that is left out, the step that it needs and that did not succeed, if that is why; for one that has a condition, what this says.</returns>
    public static (StepReadiness Readiness, string? Because) ReadinessOf(this RunState run, Step step)
    {
        if (step.Needs.Any(need => !run.Step(need).IsEnded)) return (StepReadiness.Waits, null);
        var unmet = step.Needs.FirstOrDefault(need => step.Condition?.Judged.Contains(need) != true && run.Step(need) is not ({ Status: StepStatus.Succeeded } or { IsPassedOver: true }));
        return step.When switch
        {
            RunCondition.Always => (StepReadiness.Ready, null),
            RunCondition.Failure => (step.Needs.Any(need => HasFailed(run, need)) ? StepReadiness.Ready : StepReadiness.LeftOut, null),
            _ => unmet is not null ? (StepReadiness.LeftOut, unmet) : step.Condition is { } condition ? Ask(condition, run) : (StepReadiness.Ready, null),
        };
    }

    private static (StepReadiness Readiness, string Why) Ask(StepCondition condition, RunState run)
    {
        var answer = condition.Ask(run);
        return (answer.IsTrue switch { true => StepReadiness.Ready, false => StepReadiness.Declined, null => StepReadiness.Undecided }, answer.Why);
    }

    // A step that was left out says why: what it needed has failed, or was left out for the same reason.
    private static bool HasFailed(RunState run, string id) => run.Step(id) switch
    {
        { Status: StepStatus.Failed or StepStatus.Cancelled or StepStatus.Interrupted } => true,
        { Status: StepStatus.Skipped, SkippedFor: { } cause } => HasFailed(run, cause),
        _ => false,
    };
}
