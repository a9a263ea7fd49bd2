using System.Runtime.CompilerServices;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>A message that was received. Until it is acknowledged or rejected it is lent, and comes again when the consumer ends.</summary>
public sealed class RabbitMqDelivery
{
    private readonly RabbitMqClient _client;
    private readonly IChannel _channel;
    private readonly ulong _tag;

    internal RabbitMqDelivery(RabbitMqClient client, IChannel channel, ulong tag, string exchange, string routingKey, bool isAgain, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        (_client, _channel, _tag, IsAgain) = (client, channel, tag, isAgain);
        Message = new RabbitMqMessage(exchange, routingKey, body) { ContentType = properties.ContentType, Id = properties.MessageId, Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers, StringComparer.Ordinal) : [] };
    }

    /// <summary>The message. Texts in its headers come as bytes.</summary>
    public RabbitMqMessage Message { get; }

    /// <summary>Whether it may have been received before.</summary>
    public bool IsAgain { get; }

    /// <summary>Says that it is done with.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">The connection over which it came is gone: it comes again.</exception>
    public ValueTask AcknowledgeAsync(CancellationToken cancellationToken) => _client.AcknowledgeAsync(_channel, _tag, cancellationToken);

    /// <summary>Gives it back.</summary>
    /// <param name="comesAgain">Whether it comes again; else it goes to the queue's dead letters, and where there are none it is gone.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">The connection over which it came is gone: it comes again.</exception>
    public ValueTask RejectAsync(bool comesAgain, CancellationToken cancellationToken) => _client.RejectAsync(_channel, _tag, comesAgain, cancellationToken);
}

/// <summary>Receives the messages of a queue over one connection: when that breaks it has come to its end, and all that is not acknowledged comes again over the next.</summary>
public sealed class RabbitMqConsumer : IAsyncDisposable
{
    private readonly IChannel _channel;
    private readonly CancellationTokenSource _lost = new();
    private readonly Channel<RabbitMqDelivery> _received = Channel.CreateUnbounded<RabbitMqDelivery>(new UnboundedChannelOptions { SingleWriter = true });

    internal RabbitMqConsumer(RabbitMqClient client, IChannel channel)
    {
        _channel = channel;
        Lost = _lost.Token;
        Driver = new AsyncEventingBasicConsumer(channel);
        Driver.ReceivedAsync += (_, got) =>
        {
            // The driver uses the memory again.
            _received.Writer.TryWrite(new RabbitMqDelivery(client, channel, got.DeliveryTag, got.Exchange, got.RoutingKey, got.Redelivered, got.BasicProperties, got.Body.ToArray()));
            return Task.CompletedTask;
        };
        Driver.UnregisteredAsync += (_, _) => EndAsync(); // the queue was deleted
        Driver.ShutdownAsync += (_, _) => EndAsync();
    }

    internal AsyncEventingBasicConsumer Driver { get; }

    /// <summary>Cancelled when the connection is gone: others may receive then what this one has not acknowledged.</summary>
    public CancellationToken Lost { get; }

    /// <summary>The messages as they come, at most as many unacknowledged as were asked for. Ends when the connection is gone.</summary>
    public async IAsyncEnumerable<RabbitMqDelivery> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _received.Reader.WaitToReadAsync(cancellationToken))
        {
            while (!Lost.IsCancellationRequested && _received.Reader.TryRead(out var delivery)) yield return delivery;
            if (Lost.IsCancellationRequested) yield break;
        }
    }

    /// <summary>Ends it. What is not acknowledged goes back to its place in the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await EndAsync();
        _lost.Dispose();
    }

    private async Task EndAsync()
    {
        if (!_received.Writer.TryComplete()) return;
        await _lost.CancelAsync();
    }
}
