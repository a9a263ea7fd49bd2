using System.Text;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Kafka;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>
/// Over Kafka: a topic of Kafka for each topic, a group of Kafka named <c>TOPIC.GROUP</c> for each group. Events of a key lie in one partition, whose events one member of the group handles one after the other: so
/// the number of partitions says how many are handled at the same time, over all processes together.
/// </summary>
/// <param name="kafka">The cluster.</param>
/// <param name="time">The clock.</param>
public sealed class KafkaTransport(KafkaClient kafka, TimeProvider time) : IMessageTransport
{
    private static readonly TimeSpan UntilItIsTriedAgain = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name => "kafka";

    /// <inheritdoc/>
    public async ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken) =>
        await kafka.SendManyAsync([.. events.Select(published => MessageOf(topic, published))], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask JoinAsync(string topic, string group, CancellationToken cancellationToken) => await kafka.BeginAtEndAsync(GroupOf(topic, group), topic, cancellationToken);

    /// <inheritdoc/>
    public async Task ReceiveAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var consumer = kafka.CreateConsumer(GroupOf(topic, group), topic);
                consumer.LeavesMeasuring = true;
                await consumer.RunAsync((record, token) => handle(new Delivery(null, record.Value ?? default), token), cancellationToken);
            }
            catch (FlexCoreException)
            {
                // The client has logged what the cluster has against it.
                await Task.Delay(UntilItIsTriedAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(string topic, string group, CancellationToken cancellationToken) => await kafka.ForgetGroupAsync(GroupOf(topic, group), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static string GroupOf(string topic, string group) => $"{topic}.{group}";

    // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md, structured mode
    private static KafkaMessage MessageOf(string topic, CloudEvent published) => new(topic, CloudEventFormat.Encode(published))
    {
        Key = CloudEventFormat.KeyOf(published) is { } key ? Encoding.UTF8.GetBytes(key) : default(ReadOnlyMemory<byte>?),
        Headers = [new("content-type", "application/cloudevents+json; charset=utf-8"u8.ToArray())],
    };
}
