using System.Globalization;
using FlexCore.Domain;

namespace FlexCore.Application.Ports;

/// <summary>
/// The runs that wait for a node, and those that nodes have. Rows come and go with the events that they follow from, in one transaction: see <see cref="QueueChange"/> and
/// <see cref="IEventLog.AppendAsync"/>. Time is the database's: the clocks of nodes may be wrong.
/// </summary>
/// <remarks>
/// <para>
/// A node holds its runs as long as it is heard of: <see cref="RenewAsync"/> prolongs one lease, that of the node, whose length is <see cref="Lease"/>. When it has run out, somebody else gets
/// the runs under a higher epoch, and whatever the old owner wants to append with <see cref="QueueChange.Hold"/> or <see cref="QueueChange.Finish"/> is refused.
/// </para>
/// <para>
/// Runs are taken by priority, the highest first; among those of one priority the keys take turns, and those go first that have the fewest runs at nodes; then the oldest.
/// </para>
/// <para>Failures are <see cref="Domain.Errors.FlexCoreException"/>s: of class 3 when the database cannot be used, <c>LeaseLost</c> when the node is not, or no longer, known.</para>
/// </remarks>
#pragma warning disable CA1711 // It is a queue, in the words of the field.
public interface IRunQueue : IAsyncDisposable
#pragma warning restore CA1711
{
    /// <summary>How long a node that is not heard of keeps its runs. Renew at least three times as often.</summary>
    TimeSpan Lease { get; }

    /// <summary>Makes a node known; from here on it may claim, and must renew.</summary>
    ValueTask RegisterAsync(NodeRecord node, CancellationToken cancellationToken);

    /// <summary>Takes runs that wait, as many as there are free slots; none for a node that is being drained. Who claims is heard of.</summary>
    /// <param name="node">The id of the node.</param>
    /// <param name="capacity">How many to take at most.</param>
    /// <param name="cancellationToken">Gives it up. What was taken all the same comes with the next claim.</param>
    /// <returns>The runs, and when it is worth asking again though nobody calls.</returns>
    ValueTask<Claimed> ClaimAsync(string node, int capacity, CancellationToken cancellationToken);

    /// <summary>Prolongs the lease of a node, and gives to others the runs of those that were not heard of.</summary>
    /// <returns>The runs that the node has; one that it believes to have and that is missing here is somebody else's.</returns>
    ValueTask<IReadOnlyList<OwnedRun>> RenewAsync(string node, CancellationToken cancellationToken);

    /// <summary>Puts runs back among those that wait; passes over those that the claim does not hold any more.</summary>
    /// <param name="claims">The runs.</param>
    /// <param name="pause">How long nobody is to take them; null for at once.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask GiveBackAsync(IReadOnlyList<RunClaim> claims, TimeSpan? pause, CancellationToken cancellationToken);

    /// <summary>Waits until a run may have become claimable, or somebody was asked to stop. For one caller at a time: what happens between two calls ends the second one at once.</summary>
    /// <param name="atMost">How long to wait at most.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);

    /// <summary>How many runs wait, due or not. Counts them one by one: some milliseconds for every 100,000.</summary>
    ValueTask<long> CountWaitingAsync(CancellationToken cancellationToken);

    /// <summary>How many of the runs that wait a node could take now, had it slots for all of them: those that are due and whose limits allow it. Counts them one by one.</summary>
    /// <param name="labels">What the node has.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask<long> CountTakeableAsync(IReadOnlyList<string> labels, CancellationToken cancellationToken);

    /// <summary>The runs in the queue, waiting or at a node, oldest first.</summary>
    /// <param name="pipeline">Only those of this pipeline; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask<IReadOnlyList<QueuedRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellationToken);

    /// <summary>Says why a run waits; null when it does not: a node has it, or it is not in the queue.</summary>
    ValueTask<WaitReason?> ExplainAsync(Guid runId, CancellationToken cancellationToken);

    /// <summary>A run of a pipeline that a live node has; null when there is none.</summary>
    ValueTask<Guid?> FindUnderWayAsync(string pipeline, CancellationToken cancellationToken);

    /// <summary>Lets a node take no more runs; those that it has go on.</summary>
    /// <returns>False when no such node is known.</returns>
    ValueTask<bool> DrainAsync(string node, CancellationToken cancellationToken);

    /// <summary>Forgets a node that ends. Runs that it still has are given back.</summary>
    ValueTask LeaveAsync(string node, CancellationToken cancellationToken);

    /// <summary>The nodes that are known, by name; one that was lost is shown for a day.</summary>
    ValueTask<IReadOnlyList<NodeStatus>> ListNodesAsync(CancellationToken cancellationToken);
}

/// <summary>A run that is to be taken by a node.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Priority">The higher, the earlier.</param>
/// <param name="NotBefore">When it is due; null for at once.</param>
/// <param name="Labels">A node must have them all. Neither empty nor with a slash.</param>
/// <param name="Key">What it shares turns, and the limit, with: the pipeline, or a part of it.</param>
/// <param name="Limit">How many runs of this key nodes may have at once, this one included; null for any number.</param>
public sealed record QueueEntry(Guid RunId, string Pipeline, int Priority, DateTimeOffset? NotBefore, IReadOnlyList<string> Labels, string Key, int? Limit);

/// <summary>That a node has a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Node">The id of the node: another one for each start of a process.</param>
/// <param name="Epoch">The how manieth claim of the run it is.</param>
public sealed record RunClaim(Guid RunId, string Node, long Epoch);

/// <summary>The answer to a claim.</summary>
/// <param name="Claims">The runs that the node has now, the most urgent first.</param>
/// <param name="NextDueIn">How long until the next run becomes due; null when none has a time.</param>
public sealed record Claimed(IReadOnlyList<RunClaim> Claims, TimeSpan? NextDueIn);

/// <summary>A run that a node has.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="IsAskedToStop">Whether somebody wants it to be stopped.</param>
public sealed record OwnedRun(RunClaim Claim, bool IsAskedToStop);

/// <summary>A run in the queue.</summary>
/// <param name="Entry">What was queued; its time is null once it was due.</param>
/// <param name="EnqueuedAt">Since when it is in the queue.</param>
/// <param name="Claim">Who has it; null while it waits.</param>
/// <param name="IsAskedToStop">Whether somebody wants it to be stopped.</param>
public sealed record QueuedRun(QueueEntry Entry, DateTimeOffset EnqueuedAt, RunClaim? Claim, bool IsAskedToStop);

/// <summary>A process that runs pipelines.</summary>
/// <param name="Id">Unique to a start of the process.</param>
/// <param name="Name">For people; by default that of the machine.</param>
/// <param name="Slots">How many runs it takes at once.</param>
/// <param name="Labels">What it has that others may lack.</param>
/// <param name="Version">That of FlexCore.</param>
/// <param name="StartedAt">When it was started, by its own clock.</param>
/// <param name="Address">Where others reach what it serves over HTTP; null where it serves nothing, or does not know.</param>
public sealed record NodeRecord(string Id, string Name, int Slots, IReadOnlyList<string> Labels, string Version, DateTimeOffset StartedAt, string? Address = null);

/// <summary>How a node is.</summary>
/// <param name="Node">The node.</param>
/// <param name="IsLive">Whether it has been heard of lately.</param>
/// <param name="IsDraining">Whether it takes no more runs.</param>
/// <param name="Runs">How many runs it has.</param>
public sealed record NodeStatus(NodeRecord Node, bool IsLive, bool IsDraining, int Runs);

/// <summary>A change of the queue that goes with events, in their transaction.</summary>
public abstract record QueueChange
{
    private QueueChange()
    {
    }

    /// <summary>Puts a run into the queue.</summary>
    public sealed record Enqueue(QueueEntry Entry) : QueueChange;

    /// <summary>Changes nothing, but the events are refused (<c>LeaseLost</c>) unless the claim still holds.</summary>
    public sealed record Hold(RunClaim Claim) : QueueChange;

    /// <summary>Changes nothing, but the events are refused (<c>LockLost</c>) when somebody has taken the lock of the pipeline since: see <see cref="IRunLocks"/>.</summary>
    public sealed record HoldLock(string Pipeline, long Token) : QueueChange;

    /// <summary>Takes a run that has ended out of the queue; refused (<c>LeaseLost</c>) unless the claim still holds.</summary>
    public sealed record Finish(RunClaim Claim) : QueueChange;

    /// <summary>Takes a run that waits out of the queue; refused (<c>RunNotWithdrawable</c>) when a node has it, or it is not there.</summary>
    public sealed record Withdraw(Guid RunId) : QueueChange;

    /// <summary>Asks whoever has the run to stop it. A run that is not in the queue has stopped already.</summary>
    public sealed record AskToStop(Guid RunId) : QueueChange;
}

/// <summary>Why a run waits.</summary>
public abstract record WaitReason
{
    private WaitReason()
    {
    }

    /// <summary>For people.</summary>
    public string Describe() => this switch
    {
        NotDue due => $"its time has not come: {due.Until.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}",
        LimitReached limit => $"{limit.Limit} run{(limit.Limit == 1 ? "" : "s")} of {Printable.Escape(limit.Key)} may be under way at once, and so many are: {string.Join(", ", limit.By)}",
        NoNode => "no node takes runs: start one with `flexcore serve`",
        NoFittingNode labels => $"no live node has the labels {string.Join(", ", labels.Labels)}",
        SlotsTaken slots => $"all {slots.Slots} slots of the nodes that fit are taken",
        AboutToStart => "nothing is in its way: it is about to start",
        _ => throw new InvalidOperationException($"{GetType().Name} is not a reason that is known"),
    };

    /// <summary>Its time has not come.</summary>
    public sealed record NotDue(DateTimeOffset Until) : WaitReason;

    /// <summary>As many runs of its key are at nodes as may be.</summary>
    public sealed record LimitReached(string Key, int Limit, IReadOnlyList<Guid> By) : WaitReason;

    /// <summary>There is no live node, or all are being drained.</summary>
    public sealed record NoNode : WaitReason;

    /// <summary>No live node has all these labels.</summary>
    public sealed record NoFittingNode(IReadOnlyList<string> Labels) : WaitReason;

    /// <summary>All slots of the nodes that fit are taken.</summary>
    public sealed record SlotsTaken(int Slots) : WaitReason;

    /// <summary>Nothing stands in its way.</summary>
    public sealed record AboutToStart : WaitReason;
}
