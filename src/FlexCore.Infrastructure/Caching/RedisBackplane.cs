using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane;

namespace FlexCore.Infrastructure.Caching;

/// <summary>Tells the nodes of a cache of each value that was changed or removed.</summary>
internal sealed class RedisBackplane(RedisLink link) : IFusionCacheBackplane
{
    private readonly string _channel = link.NameOf("changes");
    private BackplaneSubscriptionOptions? _options;
    private IAsyncDisposable? _subscription;

    public async ValueTask SubscribeAsync(BackplaneSubscriptionOptions options)
    {
        _options = options;
        link.Redis.ChannelsRestored += Reconnected;
        _subscription = await link.Redis.SubscribeAsync(_channel, Hear, CancellationToken.None);
        await TellConnectedAsync(isReconnection: false);
    }

    public void Subscribe(BackplaneSubscriptionOptions options) => Task.Run(async () => await SubscribeAsync(options)).GetAwaiter().GetResult();

    public async ValueTask UnsubscribeAsync()
    {
        link.Redis.ChannelsRestored -= Reconnected;
        if (Interlocked.Exchange(ref _subscription, null) is { } subscription) await subscription.DisposeAsync();
    }

    public void Unsubscribe() => Task.Run(async () => await UnsubscribeAsync()).GetAwaiter().GetResult();

    public async ValueTask PublishAsync(BackplaneMessage message, FusionCacheEntryOptions options, CancellationToken token = default) =>
        await link.AskAsync((Channel: _channel, Message: (RedisValue)BackplaneMessage.ToByteArray(message)), static (redis, said, token) => redis.PublishAsync(said.Channel, said.Message, token), token);

    public void Publish(BackplaneMessage message, FusionCacheEntryOptions options, CancellationToken token = default) =>
        Task.Run(async () => await PublishAsync(message, options, token), token).GetAwaiter().GetResult();

    private void Reconnected(object? sender, EventArgs e)
    {
        link.Wake();
        _ = Task.Run(async () => await TellConnectedAsync(isReconnection: true));
    }

    private async ValueTask TellConnectedAsync(bool isReconnection)
    {
        if (_options?.ConnectHandlerAsync is { } connected) await connected(new BackplaneConnectionInfo(isReconnection));
    }

    private void Hear(RedisValue said)
    {
        // Anybody may say anything on a channel.
        BackplaneMessage message;
        try
        {
            message = BackplaneMessage.FromByteArray(said);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException or InvalidOperationException)
        {
            return;
        }

        _ = Task.Run(async () =>
        {
            if (_options?.IncomingMessageHandlerAsync is { } handle) await handle(message);
        });
    }
}
