using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>Says whose fault it is when a sync does not succeed.</summary>
internal static class SyncVerdict
{
    /// <summary>What the protocol says of a program that writes into a flow; null when it was kept.</summary>
    public static StepFailure? OfSource(PluginExecution source, SyncFlowEnd ended, SandboxExit exit) => ended.End.Verdict switch
    {
        FlowVerdict.Broken => Failure(source, PluginOutcome.Protocol, ended.End.Problem!),
        FlowVerdict.LineTooLong => Failure(source, PluginOutcome.Limit, ended.End.Problem!),
        FlowVerdict.CutOff when exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 } => Failure(source, PluginOutcome.Protocol, ended.End.Problem!),
        _ when ended.SourceLingered => new StepFailure(
            source.Name, PluginOutcome.Protocol, ErrorCodes.PluginProtocol.Id, $"{source.Name}: closed its output, but did not end within {source.Manifest.Limits.Grace.TotalSeconds:0.#} s"),
        _ => null,
    };

    /// <summary>What the protocol says of a program that reads from a flow; null when it was kept.</summary>
    public static StepFailure? OfReader(PluginExecution reader, SyncFlowEnd ended, SandboxExit exit)
    {
        // One that has closed its input may have been stopped by us for that; one that we stopped for another reason may leave what it wants.
        var endedWell = exit is { Outcome: SandboxOutcome.Exited, ExitCode: 0 };
        var hasClosed = ended.Closed.Contains(reader);
        return (hasClosed && (endedWell || exit.Outcome == SandboxOutcome.Stopped)) || (exit.UnreadInputBytes > 0 && endedWell)
            ? new StepFailure(reader.Name, PluginOutcome.Protocol, ErrorCodes.InputLeftUnread.Id, $"{reader.Name} closed its input before it had read everything")
            : null;
    }

    /// <summary>The failure that the others follow from: of who has stopped reading, of a record, or the first on the way.</summary>
    /// <param name="ends">The ends of the flows, in order.</param>
    /// <param name="plugins">The ends of the programs, in order.</param>
    public static StepFailure? OfStep(IReadOnlyList<SyncFlowEnd> ends, IReadOnlyList<(PluginExecution Plugin, PluginEnd End)> plugins)
    {
        var closed = ends.LastOrDefault(end => end.End.Verdict == FlowVerdict.SinkClosed)?.Closed ?? [];
        if (plugins.FirstOrDefault(plugin => plugin.End.Failure is not null && closed.Contains(plugin.Plugin)).End?.Failure is { } stoppedReading) return stoppedReading;
        var first = plugins.FirstOrDefault(plugin => plugin.End.Failure is not null).End?.Failure;
        if (ends.FirstOrDefault(end => end.End.Verdict == FlowVerdict.Refused)?.End.Problem is { } refused) return OfRecords(refused);

        // What nobody answers for, like a dead letter that is longer now than lines may be, is a failure all the same.
        return first ?? (ends.FirstOrDefault(end => end.End.Problem is not null)?.End.Problem is { } nobodys ? OfRecords(nobodys) : null);
    }

    /// <summary>A failure that is no program's: a record, or too many of them, could not be processed.</summary>
    public static StepFailure OfRecords(RecordProblem problem) =>
        new(null, problem.Code == ErrorCodes.TooManyDeadLetters ? PluginOutcome.Limit : PluginOutcome.Protocol, problem.Code.Id, problem.Message);

    private static StepFailure Failure(PluginExecution plugin, PluginOutcome outcome, RecordProblem problem) =>
        new(plugin.Name, outcome, problem.Code.Id, $"{plugin.Name}: {problem.Message}");
}
