using FlexCore.Client;
using FlexCore.Server.Console.Charts;

namespace FlexCore.Server.Console.Pages;

/// <summary>A step of a run with all that its page shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The step.</param>
/// <param name="Bars">Its attempts.</param>
/// <param name="Failures">Why attempts have failed, oldest first.</param>
/// <param name="Before">What was committed before the run; null where nothing was.</param>
/// <param name="After">What the run has committed last; null where it has committed nothing.</param>
/// <param name="Log">What its plugins have said.</param>
public sealed record StepModel(Run Run, RunStep Step, IReadOnlyList<GanttBar> Bars, IReadOnlyList<StepFailure> Failures, StateVersion? Before, StateVersion? After, RunLogModel Log)
{
    /// <summary>Whether the run goes on.</summary>
    public bool IsUnderWay => Run.Status is "queued" or "running";

    /// <summary>Whether it is a sync, or was one.</summary>
    public bool IsSync => Step.Streams.Count > 0 || Before is not null || After is not null;

    /// <summary>Whether each record of a stream is accounted for: what came in, less what was left out and what died, plus what mappers made, went out.</summary>
    public static bool IsReconciled(StreamCounts stream) => stream.In - stream.LeftOut - stream.Dead + stream.Mapped == stream.Out;
}

/// <summary>Why an attempt of a step has failed.</summary>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="At">When.</param>
/// <param name="Code"><c>FX</c> and four digits.</param>
/// <param name="Message">For people.</param>
public sealed record StepFailure(int Attempt, DateTimeOffset At, string Code, string Message);
