using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Kafka;

/// <content>What happens to one message.</content>
public sealed partial class KafkaConsumer
{
    private const int LongestReason = 1000;

    private static readonly TimeSpan UntilADeadLetterIsTriedAgain = TimeSpan.FromSeconds(1);

    /// <summary>Whether its handler measures and traces by itself, as the event bus does for all that bring its events.</summary>
    internal bool LeavesMeasuring { get; set; }

    /// <summary>Handles a message, or brings it to the dead letters.</summary>
    /// <exception cref="OperationCanceledException">Neither: it is received again.</exception>
    internal async Task HandleAsync(ConsumeResult<byte[]?, byte[]?> got, Func<KafkaRecord, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        var record = Unpack(got);
        var attempt = 1;
        try
        {
            try
            {
                await HandleOnceAsync(record, handle, cancellationToken);
            }
            catch (Exception first) when (_attempts.AreSeveral && !cancellationToken.IsCancellationRequested && !IsGivenUp(first))
            {
                await _attempts.GoOnAsync(
                    first,
                    async token =>
                    {
                        await HandleOnceAsync(record with { Attempt = ++attempt }, handle, token);
                        return true;
                    },
                    cancellationToken);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && !IsGivenUp(e))
        {
            if (_options.Consumer.DeadLetterSuffix.Length == 0) throw;
            await BuryAsync(record, attempt, e, cancellationToken);
        }
    }

    /// <summary>Whether a handler has ended for no other reason than that the consumer does, which may be known to it by another token than its own.</summary>
    private bool IsGivenUp(Exception failure) => failure is OperationCanceledException && IsStopping;

    private static KafkaRecord Unpack(ConsumeResult<byte[]?, byte[]?> got) => new(
        new KafkaPosition(got.Topic, got.Partition, got.Offset),
        Memory(got.Message.Key),
        Memory(got.Message.Value),
        [.. (got.Message.Headers ?? []).Select(header => KeyValuePair.Create(header.Key, (ReadOnlyMemory<byte>)header.GetValueBytes()))],
        DateTimeOffset.FromUnixTimeMilliseconds(got.Message.Timestamp.UnixTimestampMs));

    // An array that is null becomes, by itself, what is empty.
    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes)
    {
        if (bytes is null) return null;
        return bytes;
    }

    private static ActivityContext SentIn(KafkaRecord record)
    {
        DistributedContextPropagator.Current.ExtractTraceIdAndState(record, static (object? carrier, string name, out string? value, out IEnumerable<string>? values) =>
        {
            values = null;
            value = null;
            foreach (var (header, bytes) in ((KafkaRecord)carrier!).Headers)
            {
                if (string.Equals(header, name, StringComparison.OrdinalIgnoreCase)) value = Encoding.UTF8.GetString(bytes.Span);
            }
        }, out var parent, out var state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : default;
    }

    private async ValueTask HandleOnceAsync(KafkaRecord record, Func<KafkaRecord, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        if (LeavesMeasuring)
        {
            await handle(record, cancellationToken);
            return;
        }

        var topic = record.Position.Topic;
        var began = Stopwatch.GetTimestamp();
        using var span = KafkaClient.Telemetry.StartProcessing(topic, Group, SentIn(record), _client.Name);
        string? error = null;
        try
        {
            await handle(record, cancellationToken);
        }
        catch (Exception e)
        {
            error = (e as FlexCoreException)?.Error.Code.Id ?? e.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
            throw;
        }
        finally
        {
            KafkaClient.Telemetry.RecordProcessed(topic, Group, Stopwatch.GetElapsedTime(began), error);
        }
    }

    // As long as it takes: until it is written, the message is not done with.
    private async Task BuryAsync(KafkaRecord record, int attempts, Exception failure, CancellationToken cancellationToken)
    {
        var letter = new KafkaMessage(record.Position.Topic + _options.Consumer.DeadLetterSuffix, record.Value)
        {
            Key = record.Key,
            Timestamp = record.Timestamp,
            Headers =
            [
                .. record.Headers,
                Header("flexcore-dead-letter-topic", record.Position.Topic),
                Header("flexcore-dead-letter-partition", $"{record.Position.Partition}"),
                Header("flexcore-dead-letter-offset", $"{record.Position.Offset}"),
                Header("flexcore-dead-letter-group", Group),
                Header("flexcore-dead-letter-attempts", $"{attempts}"),
                Header("flexcore-dead-letter-error", (failure as FlexCoreException)?.Error.Code.Id ?? failure.GetType().Name),
                Header("flexcore-dead-letter-reason", failure.Message.Length > LongestReason ? failure.Message[..LongestReason] : failure.Message),
            ],
        };
        while (true)
        {
            try
            {
                await _client.SendAsync(letter, cancellationToken);
                LogDeadLetter(_log, _client.Name, record.Position, Group, attempts, failure);
                return;
            }
            catch (FlexCoreException e) when (e.Error.Code.IsTransient)
            {
                LogDeadLetterWaits(_log, _client.Name, Group, e.Message);
            }

            await Task.Delay(UntilADeadLetterIsTriedAgain, _time, cancellationToken);
        }
    }

    private static KeyValuePair<string, ReadOnlyMemory<byte>> Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
