using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Confluent.Kafka;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>
/// A message on its way, from the driver's queue to the report of its delivery. Used again when both its sender and the driver are done with it, so that sending makes no task.
/// </summary>
internal sealed class KafkaDelivery : IValueTaskSource<KafkaPosition>
{
    private static readonly ConcurrentQueue<KafkaDelivery> Idle = [];

    private readonly Action<DeliveryReport<byte[]?, byte[]?>> _deliver;
    private ManualResetValueTaskSourceCore<KafkaPosition> _end = new() { RunContinuationsAsynchronously = true }; // not on the driver's thread
    private Action<string> _delivered = null!;
    private CancellationToken _token;
    private CancellationTokenRegistration _cancellation;
    private string _topic = "";
    private int _hasEnded;
    private int _holders;

    private KafkaDelivery() => _deliver = Deliver;

    /// <summary>Where the message is, once the cluster has it. To be awaited once.</summary>
    public ValueTask<KafkaPosition> Task => new(this, _end.Version);

    /// <summary>Gives a message to the driver.</summary>
    /// <param name="producer">The driver.</param>
    /// <param name="to">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="delivered">Told of the topic when the cluster has it, also when the sender waits no longer.</param>
    /// <param name="cancellationToken">Ends the wait; the message is on its way nevertheless.</param>
    /// <returns>Null when the driver's queue is full.</returns>
    public static KafkaDelivery? TryBegin(
        IProducer<byte[]?, byte[]?> producer, TopicPartition to, Message<byte[]?, byte[]?> message, Action<string> delivered, CancellationToken cancellationToken)
    {
        if (!Idle.TryDequeue(out var delivery)) delivery = new KafkaDelivery();
        (delivery._delivered, delivery._topic, delivery._token) = (delivered, to.Topic, cancellationToken);
        (delivery._hasEnded, delivery._holders) = (0, 2);
        delivery._cancellation = cancellationToken.UnsafeRegister(static (source, _) => ((KafkaDelivery)source!).Cancel(), delivery);
        try
        {
            producer.Produce(to, message, delivery._deliver);
        }
        catch (KafkaException full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            delivery._cancellation.Dispose();
            delivery._holders = 1; // this one: neither the sender nor the driver has it
            delivery.LetGo();
            return null;
        }
        catch (KafkaException refused)
        {
            delivery.End(refused, default);
        }

        return delivery;
    }

    KafkaPosition IValueTaskSource<KafkaPosition>.GetResult(short token)
    {
        try
        {
            return _end.GetResult(token);
        }
        finally
        {
            LetGo();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<KafkaPosition>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<KafkaPosition>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _end.OnCompleted(continuation, state, token, flags);

    private void Deliver(DeliveryReport<byte[]?, byte[]?> report) => End(report.Error.IsError ? new KafkaException(report.Error) : null, new KafkaPosition(_topic, report.Partition, report.Offset));

    private void End(KafkaException? failure, KafkaPosition position)
    {
        // Waits for a cancellation that is just happening, which must not reach the next message.
        _cancellation.Dispose();
        if (failure is null) _delivered(_topic);
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            if (failure is null) _end.SetResult(position);
            else _end.SetException(failure);
        }

        LetGo();
    }

    private void Cancel()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0) _end.SetException(new OperationCanceledException(_token));
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        _end.Reset();
        (_delivered, _token, _cancellation) = (null!, default, default);
        Idle.Enqueue(this);
    }
}
