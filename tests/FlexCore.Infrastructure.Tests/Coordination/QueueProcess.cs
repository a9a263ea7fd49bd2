using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What one process has: a log and the queue beside it, with connections of their own.</summary>
internal sealed class QueueProcess(IEventStore store, IStoredRunQueue queue, PostgresTables? tables = null) : IAsyncDisposable
{
    private readonly EventLog _log = new(store, queue, "somebody", "somewhere");

    public IRunQueue Queue => queue;

    /// <summary>Appends an event of a run with a change of the queue.</summary>
    public async Task ChangeAsync(Guid run, QueueChange? change) =>
        await _log.AppendAsync($"run-{run}", null, [new StepStarted("load", 1)], change, EventContext.New(run), TestContext.Current.CancellationToken);

    public async Task<Guid> EnqueueAsync(string key = "orders", int priority = 0, DateTimeOffset? notBefore = null, string[]? labels = null, int? limit = null)
    {
        var run = Guid.CreateVersion7();
        await ChangeAsync(run, new QueueChange.Enqueue(new QueueEntry(run, key, priority, notBefore, labels ?? [], key, limit)));
        return run;
    }

    public async Task<List<Guid>> EnqueueManyAsync(int count, string key = "orders", int priority = 0, int? limit = null) =>
        [.. await Task.WhenAll(Enumerable.Range(0, count).Select(_ => EnqueueAsync(key, priority, limit: limit)))];

    /// <summary>How many events of a run there are.</summary>
    public async Task<int> CountEventsAsync(Guid run) => (await _log.ReadAsync($"run-{run}", TestContext.Current.CancellationToken)).Count;

    public async Task<string> RegisterAsync(int slots = 10, params string[] labels)
    {
        var node = Guid.CreateVersion7().ToString();
        await queue.RegisterAsync(new NodeRecord(node, "worker", slots, labels, "1.0", TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken);
        return node;
    }

    public async Task<IReadOnlyList<RunClaim>> ClaimAsync(string node, int capacity = 10) => (await queue.ClaimAsync(node, capacity, TestContext.Current.CancellationToken)).Claims;

    public async ValueTask DisposeAsync()
    {
        await queue.DisposeAsync();
        tables?.Dispose();
        await store.DisposeAsync();
    }
}
