using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;
using KafkaError = Confluent.Kafka.Error;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>
/// A Kafka cluster. What is sent counts as sent when the cluster has said that it has it. The driver itself tries again whatever may pass, within <c>Timeout</c>; a message that fails nevertheless may be
/// there all the same, so it is not sent again.
/// </summary>
public sealed partial class KafkaClient : SystemClient
{
    /// <summary>What is measured and traced.</summary>
    internal static readonly SystemTelemetry Telemetry = new("kafka", SystemKind.Messaging);

    private static readonly Counter<long> Sent = SystemTelemetry.Meter.CreateCounter<long>("kafka_producer_messages_total", description: "Messages that Kafka has said it has.");

    private static readonly Operation Send = new("send");
    private static readonly Operation Metadata = new("metadata", MayRepeat: true);

    private static readonly TimeSpan UntilThereIsRoom = TimeSpan.FromMilliseconds(5);

    private readonly KafkaOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly KafkaFaults _faults;
    private readonly Lazy<IProducer<byte[]?, byte[]?>> _producer;
    private readonly Action<string> _delivered;
    private readonly List<KafkaConsumer> _consumers = [];
    private readonly ConcurrentDictionary<Task, Task> _blocked = [];

    internal KafkaClient(string name, KafkaOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        (_options, _loggers) = (options, loggers);
        _faults = new KafkaFaults(name, loggers.CreateLogger<KafkaClient>());
        _producer = new(() => Build(KafkaSettings.OfProducer(_options)));
        _transactions = Transactor();
        _delivered = Delivered;
    }

    /// <summary>What the driver tells beside its answers.</summary>
    internal KafkaFaults Faults => _faults;

    /// <summary>How many calls wait in the driver.</summary>
    internal int BlockedCalls => _blocked.Keys.Count(call => !call.IsCompleted);

    /// <summary>Sends a message.</summary>
    /// <returns>Where it is, once the cluster has it. Await it: two that are sent without awaiting the first may change places when the driver's queue is full.</returns>
    /// <exception cref="FlexCoreException">It could not be delivered in time, or the cluster does not take it.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message may get there nevertheless.</exception>
    public ValueTask<KafkaPosition> SendAsync(KafkaMessage message, CancellationToken cancellationToken) => SendAsync(_producer, message, cancellationToken);

    /// <summary>Sends messages, those of the same partition in their order, as one operation.</summary>
    /// <returns>Where each of them is, in their order, once the cluster has them all.</returns>
    /// <exception cref="FlexCoreException">At least one could not be delivered: what the first of them says. The others may be there.</exception>
    public ValueTask<IReadOnlyList<KafkaPosition>> SendManyAsync(IReadOnlyList<KafkaMessage> messages, CancellationToken cancellationToken) => SendManyAsync(_producer, messages, cancellationToken);

    /// <summary>How many partitions a topic has. A cluster that makes topics by itself may make it.</summary>
    public ValueTask<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) => RunAsync(
        Metadata,
        topic,
        (Client: this, topic),
        static async (all, token) =>
        {
            var found = await all.Client.AskAsync(admin => admin.GetMetadata(all.topic, all.Client._options.DriverTimeout), token);
            var topic = found.Topics.Single(topic => topic.Topic == all.topic);
            return topic.Error.IsError ? throw new KafkaException(topic.Error) : topic.Partitions.Count;
        },
        cancellationToken);

    /// <summary>A consumer of a group, whose consumers share the partitions of topics among each other. It does nothing until it is run.</summary>
    /// <param name="group">The group: the cluster knows how far it has come.</param>
    /// <param name="topics">What it receives.</param>
    public KafkaConsumer CreateConsumer(string group, params IReadOnlyList<string> topics)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        var consumer = new KafkaConsumer(this, _options, group, topics, _loggers.CreateLogger<KafkaConsumer>(), Time);
        lock (_consumers) _consumers.Add(consumer);
        return consumer;
    }

    internal FlexCoreException FailureOf(string operation, KafkaException failure) => Failed(operation, _faults.Understand(failure), failure);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        var found = await AskAsync(admin => admin.GetMetadata(_options.Health.Timeout), cancellationToken);
        foreach (var name in _options.Topics)
        {
            var topic = found.Topics.Find(topic => topic.Topic == name) ?? throw new KafkaException(new KafkaError(KafkaErrorCode.UnknownTopicOrPart, $"the topic {name} is not there"));
            if (topic.Partitions.Find(partition => partition.Leader < 0) is { } orphan) throw new KafkaException(new KafkaError(KafkaErrorCode.LeaderNotAvailable, $"partition {orphan.PartitionId} of {name} has no leader"));
        }

        return $"{found.Brokers.Count} brokers";
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps()
    {
        KafkaConsumer[] consumers;
        lock (_consumers) consumers = [.. _consumers];
        foreach (var consumer in consumers) yield return token => new ValueTask(consumer.StopAsync().WaitAsync(token));

        // The driver frees what such a call still reads, and one may be making what is to be closed.
        yield return async _ => await Task.WhenAll(_blocked.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_transactions.IsValueCreated) yield return _ => CloseAsync(_transactions.Value);
        if (_producer.IsValueCreated) yield return _ => CloseAsync(_producer.Value);
    }

    private protected override CallFailure? Understand(Exception failure) => failure is KafkaException known ? _faults.Understand(known) : null;

    private static TopicPartition PlaceOf(KafkaMessage message) => new(message.Topic, message.Partition ?? Partition.Any);

    private static byte[]? BytesOf(ReadOnlyMemory<byte>? memory)
    {
        if (memory is not { } bytes) return null;
        return MemoryMarshal.TryGetArray(bytes, out var array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : bytes.ToArray();
    }

    private static Message<byte[]?, byte[]?> Pack(KafkaMessage message)
    {
        var packed = new Message<byte[]?, byte[]?> { Key = BytesOf(message.Key), Value = BytesOf(message.Value) };
        if (message.Timestamp is { } timestamp) packed.Timestamp = new Timestamp(timestamp);
        if (message.Headers.Count > 0)
        {
            packed.Headers = [];
            foreach (var (name, value) in message.Headers) packed.Headers.Add(name, BytesOf(value));
        }

        // So that who receives it goes on with the trace.
        if (Activity.Current is { } sending)
        {
            packed.Headers ??= [];
            DistributedContextPropagator.Current.Inject(sending, packed.Headers, static (headers, name, value) =>
            {
                var carried = (Headers)headers!;
                carried.Remove(name);
                carried.Add(name, Encoding.UTF8.GetBytes(value));
            });
        }

        return packed;
    }

    private IProducer<byte[]?, byte[]?> Build(ProducerConfig settings)
    {
        SystemKafka.EnsureLoaded();
        return new ProducerBuilder<byte[]?, byte[]?>(settings).SetErrorHandler((_, error) => _faults.Note(error)).SetLogHandler((_, message) => _faults.Note(message)).Build();
    }

    private ValueTask<KafkaPosition> SendAsync(Lazy<IProducer<byte[]?, byte[]?>> producer, KafkaMessage message, CancellationToken cancellationToken) => RunAsync(
        Send,
        message.Topic,
        (Client: this, producer, message),
        static (all, token) =>
        {
            token.ThrowIfCancellationRequested();
            var begun = KafkaDelivery.TryBegin(all.producer.Value, PlaceOf(all.message), Pack(all.message), all.Client._delivered, token);
            return begun?.Task ?? all.Client.SendLaterAsync(all.producer.Value, all.message, token);
        },
        cancellationToken);

    private async ValueTask<KafkaPosition> SendLaterAsync(IProducer<byte[]?, byte[]?> producer, KafkaMessage message, CancellationToken cancellationToken) =>
        await (await BeginAsync(producer, message, cancellationToken)).Task;

    private async ValueTask<IReadOnlyList<KafkaPosition>> SendManyAsync(Lazy<IProducer<byte[]?, byte[]?>> producer, IReadOnlyList<KafkaMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0) return [];
        var topic = messages[0].Topic;
        return await RunAsync(
            Send,
            messages.All(message => message.Topic == topic) ? topic : null,
            (Client: this, producer, messages),
            static async (all, token) => await all.Client.SendAllAsync(all.producer.Value, all.messages, token),
            cancellationToken);
    }

    private async ValueTask<KafkaPosition[]> SendAllAsync(IProducer<byte[]?, byte[]?> producer, IReadOnlyList<KafkaMessage> messages, CancellationToken cancellationToken)
    {
        var begun = new List<KafkaDelivery>(messages.Count);
        Exception? failure = null;
        try
        {
            foreach (var message in messages) begun.Add(await BeginAsync(producer, message, cancellationToken));
        }
        catch (OperationCanceledException e)
        {
            failure = e;
        }

        // Each of them, so that none is left behind that nobody has waited for.
        var positions = new KafkaPosition[begun.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            try
            {
                positions[i] = await begun[i].Task;
            }
            catch (Exception e) when (e is KafkaException or OperationCanceledException)
            {
                failure ??= e;
            }
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return positions;
    }

    private async ValueTask<KafkaDelivery> BeginAsync(IProducer<byte[]?, byte[]?> producer, KafkaMessage message, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (KafkaDelivery.TryBegin(producer, PlaceOf(message), Pack(message), _delivered, cancellationToken) is { } begun) return begun;
            await Task.Delay(UntilThereIsRoom, Time, cancellationToken);
        }
    }

    private void Delivered(string topic)
    {
        _faults.Clear();
        Sent.Add(1, new KeyValuePair<string, object?>("topic", topic));
    }

    /// <summary>Asks over the producer that everybody uses, on a thread of its own: the driver waits for the answer there.</summary>
    private async ValueTask<T> AskAsync<T>(Func<IAdminClient, T> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var away = _faults.ExpectAway();
        var asking = BlockAsync(() =>
        {
            using var admin = new DependentAdminClientBuilder(_producer.Value.Handle).Build();
            return ask(admin);
        });

        // The driver would wait for its whole time, and say less.
        if (await Task.WhenAny(asking, away).WaitAsync(cancellationToken) == away) throw new KafkaException(await away);
        var answer = await asking;
        _faults.Clear();
        return answer;
    }

    /// <summary>Makes a call in which the driver waits, on a thread of its own. It ends in its own time, whoever has given up waiting for it.</summary>
    private async Task<T> BlockAsync<T>(Func<T> call)
    {
        var running = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        _blocked.TryAdd(running, running);
        try
        {
            return await running;
        }
        finally
        {
            _blocked.TryRemove(running, out _);
        }
    }

    // What is on its way gets there first, or fails in its time.
    private async ValueTask CloseAsync(IProducer<byte[]?, byte[]?> producer)
    {
        try
        {
            var left = await BlockAsync(() => producer.Flush(_options.Timeout));
            if (left > 0) throw new KafkaException(new KafkaError(KafkaErrorCode.Local_TimedOut, $"{left} messages were not delivered"));
        }
        finally
        {
            producer.Dispose();
        }
    }
}
