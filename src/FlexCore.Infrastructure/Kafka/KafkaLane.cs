using System.Threading.Channels;
using Confluent.Kafka;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>The messages of one partition, on their way to the handler one after the other. All but the handling happens on the consumer's thread.</summary>
internal sealed class KafkaLane : IDisposable
{
    private readonly KafkaConsumer _consumer;
    private readonly Func<KafkaRecord, CancellationToken, ValueTask> _handle;
    private readonly Channel<ConsumeResult<byte[]?, byte[]?>> _waiting = Channel.CreateUnbounded<ConsumeResult<byte[]?, byte[]?>>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Task _working;
    private int _count;
    private long _next = -1;

    public KafkaLane(KafkaConsumer consumer, TopicPartition partition, Func<KafkaRecord, CancellationToken, ValueTask> handle)
    {
        (_consumer, Partition, _handle) = (consumer, partition, handle);
        _working = Task.Run(WorkAsync);
    }

    public TopicPartition Partition { get; }

    /// <summary>How many messages wait or are under way.</summary>
    public int Waiting => Volatile.Read(ref _count);

    /// <summary>Whether no more of them are fetched.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The offset behind the last message that is done with; -1 before the first.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>The last <see cref="Next"/> that was committed.</summary>
    public long Committed { get; set; } = -1;

    /// <summary>Takes a message.</summary>
    /// <returns>How many there are then.</returns>
    public int Add(ConsumeResult<byte[]?, byte[]?> message)
    {
        var count = Interlocked.Increment(ref _count);
        _waiting.Writer.TryWrite(message);
        return count;
    }

    /// <summary>Begins no further message.</summary>
    /// <param name="patience">How long the one under way may take before it is cancelled.</param>
    public void End(TimeSpan patience)
    {
        _end.Cancel();
        _waiting.Writer.TryComplete();
        if (patience == TimeSpan.Zero) _giveUp.Cancel();
        else _giveUp.CancelAfter(patience);
    }

    /// <summary>Waits for its end.</summary>
    public void Dispose()
    {
        _working.GetAwaiter().GetResult();
        _end.Dispose();
        _giveUp.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var message in _waiting.Reader.ReadAllAsync(_end.Token))
            {
                await _consumer.WhenResumedAsync(_end.Token);
                _end.Token.ThrowIfCancellationRequested();
                await _consumer.HandleAsync(message, _handle, _giveUp.Token);
                Volatile.Write(ref _next, message.Offset + 1);
                Interlocked.Decrement(ref _count);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested || _consumer.IsStopping)
        {
            // What waits is received again, by whoever has the partition then.
        }
        catch (Exception e)
        {
            _consumer.Fail(e);
        }
    }
}
