using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The queue of runs, with how long each operation takes.</summary>
internal sealed class MeasuredRunQueue(IRunQueue inner) : IRunQueue
{
    private static readonly MeasuredPort Port = new("run-queue");

    public TimeSpan Lease => inner.Lease;

    public ValueTask RegisterAsync(NodeRecord node, CancellationToken cancellationToken) => Port.MeasureAsync("register", () => inner.RegisterAsync(node, cancellationToken));

    public ValueTask<Claimed> ClaimAsync(string node, int capacity, CancellationToken cancellationToken) => Port.MeasureAsync("claim", () => inner.ClaimAsync(node, capacity, cancellationToken));

    public ValueTask<IReadOnlyList<OwnedRun>> RenewAsync(string node, CancellationToken cancellationToken) => Port.MeasureAsync("renew", () => inner.RenewAsync(node, cancellationToken));

    public ValueTask GiveBackAsync(IReadOnlyList<RunClaim> claims, TimeSpan? pause, CancellationToken cancellationToken) => Port.MeasureAsync("give-back", () => inner.GiveBackAsync(claims, pause, cancellationToken));

    // How long it waits is what it was asked for.
    public ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => inner.WaitAsync(atMost, cancellationToken);

    public ValueTask<long> CountWaitingAsync(CancellationToken cancellationToken) => Port.MeasureAsync("count-waiting", () => inner.CountWaitingAsync(cancellationToken));

    public ValueTask<long> CountTakeableAsync(IReadOnlyList<string> labels, CancellationToken cancellationToken) => Port.MeasureAsync("count-takeable", () => inner.CountTakeableAsync(labels, cancellationToken));

    public ValueTask<IReadOnlyList<QueuedRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellationToken) => Port.MeasureAsync("list", () => inner.ListAsync(pipeline, limit, cancellationToken));

    public ValueTask<WaitReason?> ExplainAsync(Guid runId, CancellationToken cancellationToken) => Port.MeasureAsync("explain", () => inner.ExplainAsync(runId, cancellationToken));

    public ValueTask<Guid?> FindUnderWayAsync(string pipeline, CancellationToken cancellationToken) => Port.MeasureAsync("find-under-way", () => inner.FindUnderWayAsync(pipeline, cancellationToken));

    public ValueTask<bool> DrainAsync(string node, CancellationToken cancellationToken) => Port.MeasureAsync("drain", () => inner.DrainAsync(node, cancellationToken));

    public ValueTask LeaveAsync(string node, CancellationToken cancellationToken) => Port.MeasureAsync("leave", () => inner.LeaveAsync(node, cancellationToken));

    public ValueTask<IReadOnlyList<NodeStatus>> ListNodesAsync(CancellationToken cancellationToken) => Port.MeasureAsync("list-nodes", () => inner.ListNodesAsync(cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
