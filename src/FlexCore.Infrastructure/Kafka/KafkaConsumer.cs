using Confluent.Kafka;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>What a consumer has got of the topics of its group, or has to give to others.</summary>
/// <param name="Assigned">The partitions that it gets.</param>
/// <param name="Revoked">The partitions that it gives away.</param>
public sealed record KafkaRebalance(IReadOnlyList<(string Topic, int Partition)> Assigned, IReadOnlyList<(string Topic, int Partition)> Revoked);

/// <summary>
/// A consumer of a group. Each message is handled at least once, those of a partition one after the other, partitions beside each other. What was handled is committed afterwards; a message whose handler keeps
/// failing goes to the dead letters, and the ones behind it go on.
/// </summary>
public sealed partial class KafkaConsumer : IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    /// <summary>While a partition has enough in memory, and is to be gone on with as soon as it has not.</summary>
    private static readonly TimeSpan ShortPollTime = TimeSpan.FromMilliseconds(5);

    private readonly KafkaClient _client;
    private readonly KafkaOptions _options;
    private readonly IReadOnlyList<string> _topics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Attempts _attempts;
    private readonly Dictionary<TopicPartition, KafkaLane> _lanes = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _pause;
    private volatile Exception? _failure;
    private int _hasBegun;
    private long _committedAt;

    internal KafkaConsumer(KafkaClient client, KafkaOptions options, string group, IReadOnlyList<string> topics, ILogger log, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        if (topics.Count == 0) throw new ArgumentException("There must be a topic.", nameof(topics));
        (_client, _options, Group, _topics, _log, _time) = (client, options, group, topics, log, time);
        _attempts = new Attempts(options.Consumer.Retry, static failure => failure is not OperationCanceledException, static _ => null, (failure, attempt, pause) => LogAttempt(_log, _client.Name, attempt, Group, pause.TotalMilliseconds, failure), time);
    }

    /// <summary>The group.</summary>
    public string Group { get; }

    /// <summary>Told of what the consumer gets and gives away, on its own thread: must not wait.</summary>
    public Action<KafkaRebalance>? Rebalanced { get; set; }

    /// <summary>Whether it begins no message at the moment.</summary>
    public bool IsPaused => _pause is not null;

    /// <summary>Begins no message until <see cref="Resume"/>. It stays in its group and keeps its partitions.</summary>
    public void Pause() => _pause ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on.</summary>
    public void Resume() => Interlocked.Exchange(ref _pause, null)?.TrySetResult();

    /// <summary>Receives messages until it is told to stop. What is under way then comes to its end (<c>DrainTimeout</c>), and is committed.</summary>
    /// <param name="handle">Handles a message: what it returns from is done with, what it throws is an attempt that failed. Its token is cancelled when the message is no longer its own, or the time to end is over.</param>
    /// <param name="cancellationToken">Stops it; that is no failure.</param>
    /// <exception cref="InvalidOperationException">It runs already, or has run.</exception>
    /// <exception cref="Domain.Errors.FlexCoreException">It cannot go on: the cluster does not let it, or a dead letter cannot be written.</exception>
    public async Task RunAsync(Func<KafkaRecord, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasBegun, 1) != 0) throw new InvalidOperationException("A consumer runs once.");
        await using var stopping = cancellationToken.Register(static source => ((CancellationTokenSource)source!).Cancel(), _stop);

        // The driver waits in its calls, and calls back in them.
        new Thread(() => Run(handle)) { IsBackground = true, Name = $"{_client.Name} {Group}" }.Start();
        await _end.Task;
    }

    /// <summary>Stops it, and waits until it has left its group.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        if (Interlocked.Exchange(ref _hasBegun, 1) == 0) return;
        await _end.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>As <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>Whether it has been told to stop.</summary>
    internal bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Waits while the consumer is paused.</summary>
    internal Task WhenResumedAsync(CancellationToken cancellationToken) => _pause?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>A lane cannot go on, so nothing can: the message would be lost.</summary>
    internal void Fail(Exception failure)
    {
        _failure ??= failure;
        _stop.Cancel();
    }

    private void Run(Func<KafkaRecord, CancellationToken, ValueTask> handle)
    {
        try
        {
            SystemKafka.EnsureLoaded();
            using var consumer = Build(handle);
            try
            {
                Receive(consumer);
            }
            finally
            {
                // Gives away all partitions, and so ends their lanes and commits.
                consumer.Close();
            }

            if (_failure is { } failure) _end.TrySetException(failure);
            else _end.TrySetResult();
        }
        catch (KafkaException e)
        {
            _end.TrySetException(_failure ?? _client.FailureOf("consume", e));
        }
        catch (Exception e)
        {
            _end.TrySetException(e);
        }
    }

    private IConsumer<byte[]?, byte[]?> Build(Func<KafkaRecord, CancellationToken, ValueTask> handle) =>
        new ConsumerBuilder<byte[]?, byte[]?>(KafkaSettings.OfConsumer(_options, Group))
            .SetErrorHandler((_, error) => _client.Faults.Note(error))
            .SetLogHandler((_, message) => _client.Faults.Note(message))
            .SetPartitionsAssignedHandler((_, partitions) => Assign(partitions, handle))
            .SetPartitionsRevokedHandler((consumer, offsets) => Revoke(consumer, [.. offsets.Select(offset => offset.TopicPartition)], isLost: false))
            .SetPartitionsLostHandler((consumer, offsets) => Revoke(consumer, [.. offsets.Select(offset => offset.TopicPartition)], isLost: true))
            .Build();

    private void Receive(IConsumer<byte[]?, byte[]?> consumer)
    {
        consumer.Subscribe(_topics);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var isHeld = _lanes.Values.Any(lane => lane.IsHeld);
                if (consumer.Consume(isHeld ? ShortPollTime : PollTime) is { } got && _lanes.TryGetValue(got.TopicPartition, out var lane) && lane.Add(got) >= _options.Consumer.MaxWaiting && !lane.IsHeld)
                {
                    lane.IsHeld = true;
                    consumer.Pause([got.TopicPartition]);
                }
            }
            catch (ConsumeException e) when (!e.Error.IsFatal)
            {
                LogTrouble(_log, _client.Name, Group, e.Error.Reason);
            }

            foreach (var (partition, lane) in _lanes)
            {
                if (!lane.IsHeld || lane.Waiting > _options.Consumer.MaxWaiting / 2) continue;
                lane.IsHeld = false;
                consumer.Resume([partition]);
            }

            if (_time.GetElapsedTime(_committedAt) >= _options.Consumer.CommitInterval) Commit(consumer, _lanes.Values);
        }
    }

    private void Assign(List<TopicPartition> partitions, Func<KafkaRecord, CancellationToken, ValueTask> handle)
    {
        foreach (var partition in partitions) _lanes[partition] = new KafkaLane(this, partition, handle);
        Tell(partitions, []);
    }

    private void Revoke(IConsumer<byte[]?, byte[]?> consumer, TopicPartition[] partitions, bool isLost)
    {
        KafkaLane[] lanes = [.. partitions.Select(_lanes.GetValueOrDefault).OfType<KafkaLane>()];
        foreach (var lane in lanes) lane.End(isLost ? TimeSpan.Zero : _options.Consumer.DrainTimeout);
        foreach (var lane in lanes) lane.Dispose();

        // What is lost belongs to somebody else already.
        if (!isLost) Commit(consumer, lanes);
        foreach (var partition in partitions) _lanes.Remove(partition);
        Tell([], partitions);
    }

    private void Commit(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<KafkaLane> lanes)
    {
        _committedAt = _time.GetTimestamp();
        (KafkaLane Lane, long Next)[] handled = [.. lanes.Where(lane => lane.Next > lane.Committed).Select(lane => (lane, lane.Next))];
        if (handled.Length == 0) return;
        try
        {
            consumer.Commit(handled.Select(done => new TopicPartitionOffset(done.Lane.Partition, done.Next)));
            foreach (var (lane, next) in handled) lane.Committed = next;
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            // Later again; if others have the partition by then, they handle it again.
            LogTrouble(_log, _client.Name, Group, e.Error.Reason);
        }
    }

    private void Tell(List<TopicPartition> assigned, TopicPartition[] revoked)
    {
        if (assigned.Count + revoked.Length == 0) return;
        var (gets, gives) = (string.Join(", ", assigned), string.Join(", ", revoked));
        LogRebalance(_log, _client.Name, Group, gets, gives);
        Rebalanced?.Invoke(new KafkaRebalance([.. assigned.Select(Plain)], [.. revoked.Select(Plain)]));

        static (string Topic, int Partition) Plain(TopicPartition partition) => (partition.Topic, partition.Partition);
    }

    [LoggerMessage(EventId = 321, EventName = "KafkaRebalanced", Level = LogLevel.Information, Message = "{Component}: {Group} gets [{Assigned}] and gives away [{Revoked}]")]
    private static partial void LogRebalance(ILogger log, string component, string group, string assigned, string revoked);

    [LoggerMessage(EventId = 322, EventName = "KafkaConsumerTrouble", Level = LogLevel.Warning, Message = "{Component}: {Group}: {Reason}")]
    private static partial void LogTrouble(ILogger log, string component, string group, string reason);

    [LoggerMessage(EventId = 323, EventName = "KafkaMessageRetried", Level = LogLevel.Warning, Message = "{Component}: attempt {Attempt} to handle a message of {Group} failed, the next one comes in {PauseMs} ms")]
    private static partial void LogAttempt(ILogger log, string component, int attempt, string group, double pauseMs, Exception failure);

    [LoggerMessage(EventId = 324, EventName = "KafkaDeadLetter", Level = LogLevel.Warning, Message = "{Component}: {Position} of {Group} is a dead letter after {Attempts} attempts")]
    private static partial void LogDeadLetter(ILogger log, string component, KafkaPosition position, string group, int attempts, Exception failure);

    [LoggerMessage(EventId = 325, EventName = "KafkaDeadLetterWaits", Level = LogLevel.Warning, Message = "{Component}: a dead letter of {Group} cannot be written and is tried again: {Reason}")]
    private static partial void LogDeadLetterWaits(ILogger log, string component, string group, string reason);
}
