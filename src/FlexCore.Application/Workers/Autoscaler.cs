using System.Collections.Concurrent;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Provisioning;

namespace FlexCore.Application.Workers;

/// <summary>
/// Has workers come when runs wait, and go when there is nothing to do. What it wants is on record before it asks the provider for it, at the version that it has seen: several nodes may look after the same workers, and
/// what one leaves undone another one does.
/// </summary>
/// <param name="queue">Where runs wait.</param>
/// <param name="requests">What is wanted.</param>
/// <param name="provider">Has workers come and go.</param>
/// <param name="settings">How many, and what they are like, as of now.</param>
/// <param name="time">The clock.</param>
public sealed class Autoscaler(IRunQueue queue, ProvisioningRequests requests, IWorkerProvider provider, Func<WorkerSettings> settings, TimeProvider time)
{
    private const string Prefix = "worker-";
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenInventories = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, long> _missingSince = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _idleSince = new(StringComparer.Ordinal);
    private long? _countedAt;
    private bool _wasShort;
    private string? _trouble;

    /// <summary>Who asks for workers, on record.</summary>
    public static Caller Caller { get; } = new("autoscaler", Role.Operator);

    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Told of what changes.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>Looks after workers until it is asked to stop.</summary>
    public async Task WorkAsync(StopSignal stop)
    {
        using var timer = new PeriodicTimer(BetweenLooks, time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stop.Gently);
                    _trouble = null;
                }
                catch (FlexCoreException e)
                {
                    // Told once, however long it lasts.
                    if (e.Message != _trouble) Warn($"workers are not looked after: {e.Message}");
                    _trouble = e.Message;
                }
            }
            while (await timer.WaitForNextTickAsync(stop.Gently));
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            // Workers that are machines of their own go on, and whoever looks next finds them.
        }

        await provider.CloseAsync(stop);
    }

    /// <summary>Looks once how things are, and does what is to be done.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await TakeInventoryAsync(cancellationToken);
        var nodes = (await queue.ListNodesAsync(cancellationToken)).Where(node => node.IsLive).ToLookup(node => node.Node.Name, StringComparer.Ordinal);
        var all = await requests.ListAsync(status: null, cancellationToken);
        await Task.WhenAll(all.Select(stored => AdvanceAsync(stored, nodes[stored.Request.Worker].MaxBy(node => node.Node.StartedAt), cancellationToken)));
        await ScaleAsync(nodes, cancellationToken);
    }

    private async Task TakeInventoryAsync(CancellationToken cancellationToken)
    {
        if (_countedAt is { } at && time.GetElapsedTime(at) < BetweenInventories) return;
        _countedAt = time.GetTimestamp();
        try
        {
            await ReleaseUnknownAsync(cancellationToken);
        }
        catch (FlexCoreException e)
        {
            Warn($"it is not known which workers there are: {e.Message}");
        }
    }

    /// <summary>Ends workers that nobody wants any more: whoever had asked for them was ended before that was on record.</summary>
    private async Task ReleaseUnknownAsync(CancellationToken cancellationToken)
    {
        // In this order: what is wanted meanwhile is not yet among those that there are.
        var there = await provider.ListAsync(cancellationToken);
        if (there.Count == 0) return;
        var wanted = (await requests.ListAsync(status: null, cancellationToken)).Select(stored => stored.Request.Worker).ToHashSet(StringComparer.Ordinal);
        foreach (var worker in there.Where(worker => worker.StartsWith(Prefix, StringComparison.Ordinal) && !wanted.Contains(worker)))
        {
            Warn($"{Printable.Escape(worker)} is there, and nobody wants it: it is released");
            await provider.ReleaseAsync(worker, cancellationToken);
        }
    }

    private async Task AdvanceAsync(StoredRequest stored, NodeStatus? node, CancellationToken cancellationToken)
    {
        var (request, now) = (stored.Request, time.GetUtcNow());
        switch (request.Status)
        {
            case ProvisioningStatus.Requested or ProvisioningStatus.Failed when request.IsDue(now):
                await StartAsync(stored, cancellationToken);
                break;
            case ProvisioningStatus.Starting when node is not null:
                if (await ChangeAsync(stored, request.Run(node.Node.Id, now), cancellationToken) is not null) Say($"{request.Worker} takes runs");
                break;
            case ProvisioningStatus.Starting when now - request.Since > settings().Start:
                await provider.ReleaseAsync(request.Worker, cancellationToken);
                await FailAsync(stored, $"it was no node within {settings().Start.TotalSeconds:0.#} s", cancellationToken);
                break;
            // Longer than a node that was cut off from the queue with all others needs to be heard of again.
            case ProvisioningStatus.Running when node is null && IsFor(_missingSince, request.Worker, queue.Lease / 2):
                await provider.ReleaseAsync(request.Worker, cancellationToken);
                if (await ChangeAsync(stored, request.Replace("it was not heard of any more", now), cancellationToken) is not null) Warn($"{request.Worker} is not heard of any more: another one takes its place");
                break;
            case ProvisioningStatus.Running when node is not null && node.Node.Id != request.Node:
                await ChangeAsync(stored, request.Run(node.Node.Id, now), cancellationToken);
                break;
            case ProvisioningStatus.Releasing:
                await ReleaseAsync(stored, node, cancellationToken);
                break;
        }

        if (node is not null) _missingSince.TryRemove(request.Worker, out _);
    }

    private async Task StartAsync(StoredRequest stored, CancellationToken cancellationToken)
    {
        if (await ChangeAsync(stored, stored.Request.Start(time.GetUtcNow()), cancellationToken) is not { } started) return;
        var request = started.Request;
        try
        {
            var machine = await provider.ProvisionAsync(new WorkerOrder(request.Worker, request.Slots, request.Labels), cancellationToken);

            // It may have waited for its turn: from now on it must become a node.
            await ChangeAsync(started, request with { Machine = machine, Since = time.GetUtcNow() }, cancellationToken);
        }
        catch (FlexCoreException e)
        {
            await FailAsync(started, e.Message, cancellationToken);
        }
    }

    private async Task FailAsync(StoredRequest stored, string reason, CancellationToken cancellationToken)
    {
        if (await ChangeAsync(stored, stored.Request.Fail(reason, time.GetUtcNow()), cancellationToken) is { } failed)
            Warn($"{failed.Request.Worker} did not come to be: {reason}; it is tried again at {failed.Request.RetryAt?.UtcDateTime:HH:mm:ss}");
    }

    /// <summary>First it takes no more runs, then those that it has end, then it goes.</summary>
    private async Task ReleaseAsync(StoredRequest stored, NodeStatus? node, CancellationToken cancellationToken)
    {
        if (node is { IsDraining: false })
        {
            await queue.DrainAsync(node.Node.Id, cancellationToken);
            return;
        }

        if (node is { Runs: > 0 }) return;
        await provider.ReleaseAsync(stored.Request.Worker, cancellationToken);
        await requests.DeleteAsync(stored, EventContext.Of(Caller), cancellationToken);
        _idleSince.TryRemove(stored.Request.Worker, out _);
        Say($"{stored.Request.Worker} is gone");
    }

    private async Task ScaleAsync(ILookup<string, NodeStatus> nodes, CancellationToken cancellationToken)
    {
        if (settings() is not { Autoscale: { } range } wanted) return;
        var all = await requests.ListAsync(status: null, cancellationToken);
        var active = all.Where(stored => stored.Request.Status != ProvisioningStatus.Releasing).ToList();
        var waiting = await queue.CountTakeableAsync(wanted.Labels, cancellationToken);
        var coming = active.Where(stored => IsComing(stored.Request, nodes)).Sum(stored => stored.Request.Slots);
        var free = active.SelectMany(stored => nodes[stored.Request.Worker]).Where(node => !node.IsDraining).Sum(node => int.Max(node.Node.Slots - node.Runs, 0));
        var missing = waiting - coming - free;

        // What waits for a moment only is about to be taken.
        var more = missing > 0 && _wasShort ? (int)long.Min((missing + wanted.Slots - 1) / wanted.Slots, range.Most) : 0;
        _wasShort = missing > 0;
        await GrowAsync(wanted, all, int.Clamp(active.Count + more, range.Fewest, range.Most) - active.Count, waiting, cancellationToken);
        await ShrinkAsync(wanted, active, nodes, waiting, range, cancellationToken);
    }

    private async Task GrowAsync(WorkerSettings wanted, IReadOnlyList<StoredRequest> all, int count, long waiting, CancellationToken cancellationToken)
    {
        var taken = all.Select(stored => stored.Request.Worker).ToHashSet(StringComparer.Ordinal);
        for (var number = 1; count > 0; number++)
        {
            if (taken.Contains($"{Prefix}{number}")) continue;
            count--;
            var request = ProvisioningRequest.Create($"{Prefix}{number}", wanted.Slots, wanted.Labels, time.GetUtcNow());
            if (await requests.CreateAsync(request, EventContext.Of(Caller), cancellationToken) is not null) Say($"{request.Worker} is wanted: {waiting} runs wait");
        }
    }

    private async Task ShrinkAsync(WorkerSettings wanted, List<StoredRequest> active, ILookup<string, NodeStatus> nodes, long waiting, WorkerRange range, CancellationToken cancellationToken)
    {
        var left = active.Count;
        foreach (var stored in active.OrderByDescending(stored => stored.Request.Worker.Length).ThenByDescending(stored => stored.Request.Worker, StringComparer.Ordinal))
        {
            var isIdle = stored.Request.Status is ProvisioningStatus.Running or ProvisioningStatus.Failed && waiting == 0 && nodes[stored.Request.Worker].All(node => node.Runs == 0);
            if (!isIdle) _idleSince.TryRemove(stored.Request.Worker, out _);
            var isTooMany = left > range.Most || (left > range.Fewest && isIdle && IsFor(_idleSince, stored.Request.Worker, wanted.Idle));
            if (isTooMany && await ChangeAsync(stored, stored.Request.Release(time.GetUtcNow()), cancellationToken) is not null) left--;
        }
    }

    /// <summary>Whether it will have slots that it has not yet: one that has failed is tried again, one that is not heard of comes back or is replaced.</summary>
    private static bool IsComing(ProvisioningRequest request, ILookup<string, NodeStatus> nodes) =>
        request.Status is ProvisioningStatus.Requested or ProvisioningStatus.Starting or ProvisioningStatus.Failed || (request.Status == ProvisioningStatus.Running && !nodes[request.Worker].Any());

    private Task<StoredRequest?> ChangeAsync(StoredRequest stored, ProvisioningRequest request, CancellationToken cancellationToken) => requests.ChangeAsync(stored, request, EventContext.Of(Caller), cancellationToken);

    /// <summary>Whether something has been so for that long, as it was seen.</summary>
    private bool IsFor(ConcurrentDictionary<string, long> since, string worker, TimeSpan span) => time.GetElapsedTime(since.GetOrAdd(worker, time.GetTimestamp())) >= span;
}
