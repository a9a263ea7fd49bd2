
namespace FlexCore.Infrastructure.Coordination;

/// <summary>Tells other processes of changes of the queue over Redis. PostgreSQL tells them too, so that none is missed while Redis is away: whichever is heard first wakes.</summary>
internal sealed class RedisQueueSignal(BestEffortRedis redis, QueueSignal signal) : IAsyncDisposable
{
    private const string Channel = "runs";

    private IAsyncDisposable? _listening;

    public void Start() => _listening ??= redis.Listen(Channel, _ => signal.Raise());

    /// <summary>Wakes those who wait, and does not wait for them.</summary>
    public void Raise() => _ = redis.PublishAsync(Channel, default, CancellationToken.None).AsTask();

    public ValueTask DisposeAsync() => _listening?.DisposeAsync() ?? default;
}
