using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>What the rows of a queue mean, whatever database they lie in.</summary>
internal static class RunQueueRows
{
    /// <summary>A set of labels as one text, the same for the same set: <c>/a/b/</c>, and <c>/</c> for none.</summary>
    /// <exception cref="ArgumentException">A label is empty, or has a slash.</exception>
    public static string Join(IReadOnlyList<string> labels)
    {
        foreach (var label in labels)
        {
            if (label.Length == 0 || label.Contains('/', StringComparison.Ordinal)) throw new ArgumentException($"'{label}' is no label.", nameof(labels));
        }

        return string.Concat(labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(label => $"/{label}").Append("/"));
    }

    /// <summary>The labels of a text.</summary>
    public static string[] Split(string labels) => labels.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>How many of the runs that wait a node with these labels could take.</summary>
    public static long CountTakeable(IEnumerable<WaitingRuns> waiting, IReadOnlyList<string> labels) => waiting
        .Where(runs => Split(runs.Labels).All(label => labels.Contains(label, StringComparer.Ordinal)))
        .GroupBy(runs => runs.Key, StringComparer.Ordinal)
        .Sum(ofKey => ofKey.Min(runs => runs.Limit) is { } limit ? long.Clamp(limit - ofKey.First().Taken, 0, ofKey.Sum(runs => runs.Count)) : ofKey.Sum(runs => runs.Count));

    /// <summary>Why a run waits.</summary>
    /// <param name="run">The run.</param>
    /// <param name="ofItsKey">The runs of its key that nodes have.</param>
    /// <param name="nodes">All nodes.</param>
    public static WaitReason? Explain(QueuedRun run, IReadOnlyList<Guid> ofItsKey, IReadOnlyList<NodeStatus> nodes)
    {
        if (run.Claim is not null) return null;
        if (run.Entry.NotBefore is { } due) return new WaitReason.NotDue(due);
        if (ofItsKey.Count >= run.Entry.Limit) return new WaitReason.LimitReached(run.Entry.Key, run.Entry.Limit.Value, ofItsKey);
        var working = nodes.Where(node => node is { IsLive: true, IsDraining: false }).ToList();
        if (working.Count == 0) return new WaitReason.NoNode();
        var fitting = working.Where(node => run.Entry.Labels.All(label => node.Node.Labels.Contains(label, StringComparer.Ordinal))).ToList();
        if (fitting.Count == 0) return new WaitReason.NoFittingNode(run.Entry.Labels);
        return fitting.All(node => node.Runs >= node.Node.Slots) ? new WaitReason.SlotsTaken(fitting.Sum(node => node.Node.Slots)) : new WaitReason.AboutToStart();
    }

    /// <summary>A node that is not, or no longer, known.</summary>
    public static FlexCoreException NodeLost(string node) => new(new Error(
        ErrorCodes.LeaseLost, $"the node {node} is not known: it was not heard of for too long, or never registered. What it had belongs to others."));

    /// <summary>A lock that somebody else has taken.</summary>
    public static FlexCoreException LockLost(string pipeline) => new(new Error(
        ErrorCodes.LockLost, $"the lock of pipeline {pipeline} is another process's: this one was not heard of for too long. Nothing was written."));

    /// <summary>What a refused change means.</summary>
    public static FlexCoreException Refused(QueueChange? change, Exception refusal) => new(
        change switch
        {
            QueueChange.Hold hold => Lost(hold.Claim),
            QueueChange.Finish finish => Lost(finish.Claim),
            QueueChange.HoldLock held => LockLost(held.Pipeline).Error,
            QueueChange.Withdraw withdraw => new Error(ErrorCodes.RunNotWithdrawable, $"the run {withdraw.RunId} does not wait: a node has it, or it is not in the queue."),
            _ => new Error(ErrorCodes.TableChangeRefused, refusal.Message),
        },
        refusal);

    private static Error Lost(RunClaim claim) => new(
        ErrorCodes.LeaseLost, $"the node {claim.Node} does not have the run {claim.RunId} any more: it was not heard of for too long, and the run was given to another one. Nothing was written.");
}

/// <summary>Runs that wait, are due, and have labels and key in common.</summary>
/// <param name="Labels">Their labels, as one text.</param>
/// <param name="Key">Their key.</param>
/// <param name="Limit">How many of the key nodes may have at once; null for any number.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Taken">How many of the key nodes have.</param>
internal sealed record WaitingRuns(string Labels, string Key, long? Limit, long Count, long Taken);
