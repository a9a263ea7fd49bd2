using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Sync;

/// <summary>Why a flow has ended.</summary>
internal enum FlowVerdict
{
    /// <summary>The source has ended, and all of it was passed on.</summary>
    Completed,

    /// <summary>The source wrote something that is no Singer message. What came before it was passed on.</summary>
    Broken,

    /// <summary>The source ended in the middle of a line.</summary>
    CutOff,

    /// <summary>The source wrote a line longer than its limit.</summary>
    LineTooLong,

    /// <summary>A record could not be processed, or too many could not. What came before it was passed on.</summary>
    Refused,

    /// <summary>One that it writes to has closed its input.</summary>
    SinkClosed,

    /// <summary>We were asked to stop.</summary>
    Stopped,
}

/// <summary>How a flow has ended.</summary>
/// <param name="Verdict">Why.</param>
/// <param name="Problem">What was wrong, naming the line.</param>
internal sealed record FlowEnd(FlowVerdict Verdict, RecordProblem? Problem = null)
{
    /// <summary>The end that a problem brings.</summary>
    public static FlowEnd Because(RecordProblem problem) =>
        new(problem.Code == ErrorCodes.PluginProtocol ? FlowVerdict.Broken : problem.Code == ErrorCodes.PluginLimit ? FlowVerdict.LineTooLong : FlowVerdict.Refused, problem);
}
