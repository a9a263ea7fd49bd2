using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>
/// A RabbitMQ server or cluster. What is published counts as published when the server has confirmed that it has it; a message that fails may be there all the same, so it is not published again. Connects when it
/// is first asked, and again when the connection broke.
/// </summary>
public sealed class RabbitMqClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new(
        "rabbitmq", SystemKind.Messaging, SystemTelemetry.CreateDuration("rabbitmq_operation_duration_seconds", "How long operations of RabbitMQ took their callers."), "operation");

    private static readonly Counter<long> Published = SystemTelemetry.Meter.CreateCounter<long>("rabbitmq_published_messages_total", description: "Messages that RabbitMQ has confirmed.");

    private static readonly Operation Publish = new("publish");
    private static readonly Operation Get = new("get");
    private static readonly Operation Consume = new("consume", MayRepeat: true);
    private static readonly Operation Acknowledge = new("ack");
    private static readonly Operation Reject = new("nack");
    private static readonly Operation Declare = new("declare", MayRepeat: true);
    private static readonly Operation Delete = new("delete", MayRepeat: true);
    private static readonly Operation Count = new("count", MayRepeat: true);

    private readonly RabbitMqConnection _connection;
    private readonly string _hosts;
    private readonly SemaphoreSlim _getting = new(1);
    private IChannel? _lending;

    internal RabbitMqClient(string name, RabbitMqOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        _connection = new RabbitMqConnection(options);
        _hosts = string.Join(", ", options.Hosts);
    }

    /// <summary>Publishes a message.</summary>
    /// <exception cref="FlexCoreException">The server has not confirmed it, or has no such exchange.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message may get there nevertheless.</exception>
    public ValueTask PublishAsync(RabbitMqMessage message, CancellationToken cancellationToken) => PublishManyAsync([message], cancellationToken);

    /// <summary>Publishes messages, in their order, as one operation.</summary>
    /// <exception cref="FlexCoreException">At least one was not confirmed: what the first of them says. The others may be there.</exception>
    public async ValueTask PublishManyAsync(IReadOnlyList<RabbitMqMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0) return;
        var exchange = messages[0].Exchange;
        await RunAsync(
            Publish,
            exchange.Length > 0 && messages.All(message => message.Exchange == exchange) ? exchange : null,
            (Client: this, messages),
            static async (all, token) =>
            {
                var channel = await all.Client._connection.PublishingAsync(token);
                await PublishAllAsync(channel, all.messages, token);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Makes sure that an exchange is there, which outlives the server's restart.</summary>
    public async ValueTask DeclareExchangeAsync(string name, RabbitMqExchangeKind kind, CancellationToken cancellationToken) => await OnChannelAsync(
        Declare,
        name,
        (name, Kind: kind.ToString().ToLowerInvariant()),
        static async (channel, exchange, token) =>
        {
            await channel.ExchangeDeclareAsync(exchange.name, exchange.Kind, durable: true, autoDelete: false, arguments: null, passive: false, noWait: false, token);
            return true;
        },
        cancellationToken);

    /// <summary>Deletes an exchange; nothing where there is none.</summary>
    public async ValueTask DeleteExchangeAsync(string name, CancellationToken cancellationToken) => await OnChannelAsync(
        Delete,
        name,
        name,
        static async (channel, name, token) =>
        {
            await channel.ExchangeDeleteAsync(name, ifUnused: false, noWait: false, token);
            return true;
        },
        cancellationToken);

    /// <summary>Makes sure that a queue is there.</summary>
    /// <exception cref="FlexCoreException">There is one of that name which is otherwise.</exception>
    public async ValueTask DeclareQueueAsync(RabbitMqQueue queue, CancellationToken cancellationToken) => await OnChannelAsync(
        Declare,
        queue.Name,
        queue,
        static async (channel, queue, token) =>
        {
            var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
            if (queue.Kind != RabbitMqQueueKind.AsServerSays) arguments["x-queue-type"] = queue.Kind.ToString().ToLowerInvariant();
            if (queue.HasSingleConsumer) arguments["x-single-active-consumer"] = true;
            if (queue.DeadLetterExchange.Length > 0) arguments["x-dead-letter-exchange"] = queue.DeadLetterExchange;
            await channel.QueueDeclareAsync(queue.Name, durable: true, exclusive: false, autoDelete: false, arguments, passive: false, noWait: false, token);
            return true;
        },
        cancellationToken);

    /// <summary>Makes sure that an exchange brings messages to a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="exchange">The exchange.</param>
    /// <param name="routingKey">Which messages, where the kind of the exchange looks at that.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask BindAsync(string queue, string exchange, string routingKey, CancellationToken cancellationToken) => await OnChannelAsync(
        Declare,
        queue,
        (queue, exchange, routingKey),
        static async (channel, binding, token) =>
        {
            await channel.QueueBindAsync(binding.queue, binding.exchange, binding.routingKey, arguments: null, noWait: false, token);
            return true;
        },
        cancellationToken);

    /// <summary>Deletes a queue with all that is in it; nothing where there is none.</summary>
    public async ValueTask DeleteQueueAsync(string name, CancellationToken cancellationToken) =>
        await OnChannelAsync(Delete, name, name, static async (channel, name, token) => await channel.QueueDeleteAsync(name, ifUnused: false, ifEmpty: false, noWait: false, token), cancellationToken);

    /// <summary>How many messages wait in a queue, without those that are lent.</summary>
    public ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) =>
        OnChannelAsync(Count, queue, queue, static async (channel, queue, token) => (long)await channel.MessageCountAsync(queue, token), cancellationToken);

    /// <summary>The next message of a queue; null where none waits.</summary>
    public ValueTask<RabbitMqDelivery?> GetAsync(string queue, CancellationToken cancellationToken) => RunAsync(
        Get,
        queue,
        (Client: this, queue),
        static async (all, token) =>
        {
            var channel = await all.Client.LendingAsync(token);
            return await channel.BasicGetAsync(all.queue, autoAck: false, token) is { } got
                ? new RabbitMqDelivery(all.Client, channel, got.DeliveryTag, got.Exchange, got.RoutingKey, got.Redelivered, got.BasicProperties, got.Body.ToArray())
                : null;
        },
        cancellationToken);

    /// <summary>Begins to receive the messages of a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="prefetch">How many are lent at most, 1 to 2,000.</param>
    /// <param name="cancellationToken">Ends the wait for the server.</param>
    /// <exception cref="FlexCoreException">There is no such queue, or the server cannot be reached.</exception>
    public ValueTask<RabbitMqConsumer> ConsumeAsync(string queue, int prefetch, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefetch, 2000);
        return RunAsync(
            Consume,
            queue,
            (Client: this, queue, prefetch),
            static async (all, token) =>
            {
                var consumer = new RabbitMqConsumer(all.Client, await all.Client._connection.OpenChannelAsync(token));
                try
                {
                    await consumer.Driver.Channel.BasicQosAsync(prefetchSize: 0, (ushort)all.prefetch, global: false, token);
                    await consumer.Driver.Channel.BasicConsumeAsync(all.queue, autoAck: false, consumer.Driver, token);
                    return consumer;
                }
                catch
                {
                    await consumer.DisposeAsync();
                    throw;
                }
            },
            cancellationToken);
    }

    internal async ValueTask AcknowledgeAsync(IChannel channel, ulong tag, CancellationToken cancellationToken) => await RunAsync(
        Acknowledge,
        resource: null,
        (channel, tag),
        static async (message, token) =>
        {
            await message.channel.BasicAckAsync(message.tag, multiple: false, token);
            return true;
        },
        cancellationToken);

    internal async ValueTask RejectAsync(IChannel channel, ulong tag, bool comesAgain, CancellationToken cancellationToken) => await RunAsync(
        Reject,
        resource: null,
        (channel, tag, comesAgain),
        static async (message, token) =>
        {
            await message.channel.BasicNackAsync(message.tag, multiple: false, message.comesAgain, token);
            return true;
        },
        cancellationToken);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        // A channel is open when the server has said so; more might want a permission.
        await using var channel = await _connection.OpenChannelAsync(cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps()
    {
        yield return _ => _connection.DisposeAsync();
        yield return Disposing(_getting);
    }

    private protected override CallFailure? Understand(Exception failure) => RabbitMqFaults.Understand(failure, _hosts);

    private static async ValueTask PublishAllAsync(IChannel channel, IReadOnlyList<RabbitMqMessage> messages, CancellationToken cancellationToken)
    {
        // Whoever waits no longer leaves those on their way to it: to stop the driver in the middle would harm the messages of others.
        var begun = new Task[messages.Count];
        for (var place = 0; place < begun.Length; place++)
        {
            var message = messages[place];
            begun[place] = channel.BasicPublishAsync(message.Exchange, message.RoutingKey, message.IsMandatory, PropertiesOf(message), message.Body, CancellationToken.None).AsTask();
        }

        var all = Task.WhenAll(begun);
        await all.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var message in messages.Zip(begun).Where(message => message.Second.IsCompletedSuccessfully)) Published.Add(1, new KeyValuePair<string, object?>("exchange", message.First.Exchange));
        if (all.Exception is { } failure) ExceptionDispatchInfo.Throw(failure.InnerExceptions[0]);
    }

    private static BasicProperties PropertiesOf(RabbitMqMessage message)
    {
        var properties = new BasicProperties { Persistent = true, ContentType = message.ContentType, MessageId = message.Id };
        if (message.Headers.Count > 0) properties.Headers = new Dictionary<string, object?>(message.Headers, StringComparer.Ordinal);

        // So that who receives it goes on with the trace.
        if (Activity.Current is { } sending)
        {
            properties.Headers ??= new Dictionary<string, object?>(StringComparer.Ordinal);
            DistributedContextPropagator.Current.Inject(sending, properties.Headers, static (headers, name, value) => ((IDictionary<string, object?>)headers!)[name] = value);
        }

        return properties;
    }

    // On a channel of its own, for the server closes the one on which it refuses something.
    private ValueTask<T> OnChannelAsync<TState, T>(Operation operation, string resource, TState state, Func<IChannel, TState, CancellationToken, Task<T>> call, CancellationToken cancellationToken) => RunAsync(
        operation,
        resource,
        (Client: this, state, call),
        static async (all, token) =>
        {
            await using var channel = await all.Client._connection.OpenChannelAsync(token);
            return await all.call(channel, all.state, token);
        },
        cancellationToken);

    // What was got stays lent as long as its channel is open.
    private async ValueTask<IChannel> LendingAsync(CancellationToken cancellationToken)
    {
        await _getting.WaitAsync(cancellationToken);
        try
        {
            return _lending is { IsOpen: true } open ? open : _lending = await _connection.OpenChannelAsync(cancellationToken);
        }
        finally
        {
            _getting.Release();
        }
    }
}
