using System.Collections.Concurrent;
using FlexCore.Infrastructure.Kafka;

namespace FlexCore.Infrastructure.Tests.Kafka;

/// <summary>Messages that a consumer has handled.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<KafkaRecord> _handled = [];
    private readonly Task _running;

    public Inbox(KafkaClient client, string group, string topic, Func<KafkaRecord, CancellationToken, ValueTask>? handle = null)
    {
        Consumer = client.CreateConsumer(group, topic);
        Consumer.Rebalanced = Rebalances.Enqueue;
        _running = Consumer.RunAsync(async (record, token) =>
        {
            if (handle is not null) await handle(record, token);
            _handled.Enqueue(record);
        }, CancellationToken.None);
    }

    public KafkaConsumer Consumer { get; }

    public ConcurrentQueue<KafkaRebalance> Rebalances { get; } = [];

    public IReadOnlyList<KafkaRecord> Handled => [.. _handled];

    public IEnumerable<int> Partitions => Rebalances.Aggregate(Enumerable.Empty<int>(), (held, change) => held.Concat(change.Assigned.Select(got => got.Partition)).Except(change.Revoked.Select(gone => gone.Partition)));

    /// <summary>The first messages of a topic.</summary>
    public static async Task<IReadOnlyList<KafkaRecord>> ReadAsync(KafkaClient client, string topic, int count, CancellationToken cancellationToken)
    {
        await using var inbox = new Inbox(client, $"reader-{Guid.NewGuid():N}", topic);
        await inbox.UntilAsync(() => inbox._handled.Count >= count, cancellationToken);
        return inbox.Handled;
    }

    public Task UntilHandledAsync(int count, CancellationToken cancellationToken) => UntilAsync(() => _handled.Count >= count, cancellationToken);

    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (!condition())
        {
            if (_running.IsCompleted) await _running;
            if (limit.IsCancellationRequested)
            {
                var seen = string.Join("; ", Rebalances.Select(change => $"+{string.Join(',', change.Assigned.Select(got => got.Partition))} -{string.Join(',', change.Revoked.Select(gone => gone.Partition))}"));
                throw new TimeoutException($"{_handled.Count} messages handled, partitions {seen}");
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Consumer.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
