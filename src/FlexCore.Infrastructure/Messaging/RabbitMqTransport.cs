using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.RabbitMq;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>
/// Over RabbitMQ: an exchange for each topic, a durable queue for each group of it, of the kind that the virtual host says. Of those who receive for a group the server lets one do so at a time, so that events of a key stay in their order; when its
/// connection is gone another takes over, beginning with what the one before had not done with.
/// </summary>
/// <param name="rabbit">The server.</param>
/// <param name="time">The clock.</param>
public sealed class RabbitMqTransport(RabbitMqClient rabbit, TimeProvider time) : IMessageTransport
{
    /// <summary>How many events are here and not done with, at most: as many as find room in one lane.</summary>
    private const int Prefetch = 256;

    /// <summary>The longest name that AMQP can say, in bytes.</summary>
    private const int LongestName = 255;

    private static readonly TimeSpan UntilItIsTriedAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, bool> _declared = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => "rabbitmq";

    /// <inheritdoc/>
    public async ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken)
    {
        RabbitMqMessage[] messages = [.. events.Select(published => MessageOf(topic, published))];
        await DeclareAsync(topic, cancellationToken);
        try
        {
            await rabbit.PublishManyAsync(messages, cancellationToken);
        }
        catch (FlexCoreException e) when (RabbitMqFaults.IsMissing(e.InnerException))
        {
            // Somebody has deleted it since, or the server has lost all: then none of them is there.
            _declared.TryRemove(topic, out _);
            await DeclareAsync(topic, cancellationToken);
            await rabbit.PublishManyAsync(messages, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask JoinAsync(string topic, string group, CancellationToken cancellationToken)
    {
        await rabbit.DeclareExchangeAsync(ExchangeOf(topic), RabbitMqExchangeKind.Fanout, cancellationToken);
        await rabbit.DeclareQueueAsync(new RabbitMqQueue(QueueOf(topic, group)) { HasSingleConsumer = true }, cancellationToken);
        await rabbit.BindAsync(QueueOf(topic, group), ExchangeOf(topic), routingKey: "", cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ReceiveAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // A server that has lost all gets its queue back.
                await JoinAsync(topic, group, cancellationToken);
                await using var consumer = await rabbit.ConsumeAsync(QueueOf(topic, group), Prefetch, cancellationToken);
                await ReceiveAsync(consumer, concurrency, handle, cancellationToken);
            }
            catch (FlexCoreException)
            {
                // The server is away; the client has logged it.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(UntilItIsTriedAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(string topic, string group, CancellationToken cancellationToken) => rabbit.DeleteQueueAsync(QueueOf(topic, group), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static async Task ReceiveAsync(RabbitMqConsumer consumer, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        var lanes = new KeyedLanes<RabbitMqDelivery>(concurrency, HandleAsync, consumer.Lost);
        try
        {
            await foreach (var delivery in consumer.ReadAllAsync(cancellationToken)) await lanes.AddAsync(KeyOf(delivery), delivery, cancellationToken);
        }
        finally
        {
            // What was not handled goes back when the consumer ends, and comes again to whoever has the next turn.
            await lanes.EndAsync();
        }

        async ValueTask HandleAsync(RabbitMqDelivery delivery, CancellationToken lost)
        {
            await handle(new Delivery(null, delivery.Message.Body), lost);
            try
            {
                await delivery.AcknowledgeAsync(lost);
            }
            catch (FlexCoreException)
            {
                // The connection is gone, and this one comes again with those behind it: none of them may be handled here any more.
                throw new OperationCanceledException(lost);
            }
        }
    }

    private async ValueTask DeclareAsync(string topic, CancellationToken cancellationToken)
    {
        if (_declared.ContainsKey(topic)) return;
        await rabbit.DeclareExchangeAsync(ExchangeOf(topic), RabbitMqExchangeKind.Fanout, cancellationToken);
        _declared[topic] = true;
    }

    // Names of topics and groups have no colon in them.
    private static string ExchangeOf(string topic) => $"bus:{topic}";

    private static string QueueOf(string topic, string group)
    {
        var name = $"bus:{topic}:{group}";
        return name.Length <= LongestName ? name : $"bus::{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
    }

    // The routing key says nothing to the exchange, and has less room than a key may need.
    private static string? KeyOf(RabbitMqDelivery delivery) => delivery.Message.Headers.GetValueOrDefault("key") is byte[] key ? Encoding.UTF8.GetString(key) : null;

    private static RabbitMqMessage MessageOf(string topic, CloudEvent published) => new(ExchangeOf(topic), RoutingKey: "", CloudEventFormat.Encode(published))
    {
        ContentType = "application/cloudevents+json; charset=utf-8",
        Id = published.Id is { Length: <= LongestName / 4 } id ? id : null,
        Headers = CloudEventFormat.KeyOf(published) is { } key ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["key"] = key } : new Dictionary<string, object?>(StringComparer.Ordinal),
    };
}
