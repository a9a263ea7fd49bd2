using System.Text;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>
/// Over streams of a Redis server: a stream for each topic. Of those who receive for a group one does so at a time, under a lock, so that events of a key stay in their order; another takes over within seconds,
/// beginning with what the one before had not done with. Events stay until all groups have handled them. How safe they are is Redis's to say: without <c>appendonly yes</c> a server that is killed has lost them.
/// </summary>
/// <param name="redis">The server.</param>
/// <param name="time">The clock.</param>
public sealed class RedisStreamTransport(RedisClient redis, TimeProvider time) : IMessageTransport
{
    private const string Key = "key";
    private const string Body = "event";

    /// <summary>There is one at a time, and whoever comes next goes on with what this one has left.</summary>
    private const string Consumer = "the one";

    private const int BatchSize = 100;

    // All or none, and whoever receives is called by the same script.
    private const string Append =
        """
        for i = 1, #ARGV, 2 do redis.call('XADD', KEYS[1], '*', 'key', ARGV[i], 'event', ARGV[i + 1]) end
        redis.call('PUBLISH', KEYS[2], '')
        return #ARGV / 2
        """;

    // What every group has been given and is done with. Ids are MILLISECONDS-NUMBER, compared part by part.
    private const string Trim =
        """
        local function less(a, b)
          local am, an = a:match('(%d+)-(%d+)')
          local bm, bn = b:match('(%d+)-(%d+)')
          am, an, bm, bn = tonumber(am), tonumber(an), tonumber(bm), tonumber(bn)
          return am < bm or (am == bm and an < bn)
        end
        local oldest = nil
        for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
          local facts = {}
          for i = 1, #group, 2 do facts[group[i]] = group[i + 1] end
          local id = facts['last-delivered-id']
          if facts['pending'] > 0 then id = redis.call('XPENDING', KEYS[1], facts['name'])[2] end
          if oldest == nil or less(id, oldest) then oldest = id end
        end
        if oldest == nil then return 0 end
        return redis.call('XTRIM', KEYS[1], 'MINID', '~', oldest)
        """;

    /// <summary>How long a group waits for another to receive when the one that did is not heard of.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>How long whoever waits for the lock, for the server, or for an event of which no call has come, waits before looking again.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BetweenTrims = TimeSpan.FromSeconds(10);

    private readonly RedisLocks _locks = new(redis, time);

    /// <inheritdoc/>
    public string Name => "redis";

    /// <inheritdoc/>
    public async ValueTask PublishAsync(string topic, IReadOnlyList<CloudEvent> events, CancellationToken cancellationToken)
    {
        var values = new RedisValue[events.Count * 2];
        for (var place = 0; place < events.Count; place++)
        {
            // Without a key any lane will do; an empty one says so.
            values[place * 2] = CloudEventFormat.KeyOf(events[place]) ?? "";
            values[(place * 2) + 1] = CloudEventFormat.Encode(events[place]).ToArray();
        }

        await redis.EvaluateAsync(Append, [StreamOf(topic), CallOf(topic)], values, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask JoinAsync(string topic, string group, CancellationToken cancellationToken) => redis.CreateGroupAsync(StreamOf(topic), group, fromBeginning: false, cancellationToken);

    /// <inheritdoc/>
    public async Task ReceiveAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        using var call = new SemaphoreSlim(0, 1);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var listening = await redis.SubscribeAsync(CallOf(topic), _ => Wake(call), cancellationToken);
                while (true)
                {
                    await using (var turn = await _locks.TryAcquireAsync($"bus {topic} {group}", Lease, cancellationToken))
                    {
                        if (turn is not null) await ReceiveInTurnAsync(topic, group, concurrency, handle, call, turn.Lost, cancellationToken);
                    }

                    await Task.Delay(Look, time, cancellationToken);
                }
            }
            catch (FlexCoreException)
            {
                // The server is away; the client has logged it.
                await Task.Delay(Look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(string topic, string group, CancellationToken cancellationToken) => await redis.DestroyGroupAsync(StreamOf(topic), group, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <summary>Removes what all groups are done with.</summary>
    internal async ValueTask TrimAsync(string topic, CancellationToken cancellationToken) => await redis.EvaluateAsync(Trim, [StreamOf(topic)], [], cancellationToken);

    private static string StreamOf(string topic) => $"bus:{topic}";

    private static string CallOf(string topic) => $"bus-call:{topic}";

    private static void Wake(SemaphoreSlim call)
    {
        try
        {
            if (call.CurrentCount == 0) call.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Two at once, or the last call of all.
        }
    }

    private async Task ReceiveInTurnAsync(string topic, string group, int concurrency, Func<Delivery, CancellationToken, ValueTask> handle, SemaphoreSlim call, CancellationToken lost, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lost, stop);
        var lanes = new KeyedLanes<RedisStreamEntry>(concurrency, (entry, token) => HandleAsync(topic, group, entry, handle, token), lost);
        try
        {
            await ReceiveAsync(topic, group, lanes, call, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Somebody else's turn, or the end.
        }
        finally
        {
            // Whoever has the next turn is given what was not handled.
            await lanes.EndAsync();
        }
    }

    private async Task ReceiveAsync(string topic, string group, KeyedLanes<RedisStreamEntry> lanes, SemaphoreSlim call, CancellationToken cancellationToken)
    {
        // First what was given to whoever had the turn before, and was not done with.
        var (left, trimmedAt) = ((string?)"0", time.GetTimestamp());
        while (true)
        {
            var entries = await ReadAsync(topic, group, left, cancellationToken);
            foreach (var entry in entries) await lanes.AddAsync(FieldOf(entry, Key), entry, cancellationToken);
            if (left is not null)
            {
                left = entries.Count == 0 ? null : entries[^1].Id;
            }
            else if (entries.Count == 0)
            {
                await call.WaitAsync(Look, cancellationToken);
            }

            if (time.GetElapsedTime(trimmedAt) < BetweenTrims) continue;
            await TrimAsync(topic, cancellationToken);
            trimmedAt = time.GetTimestamp();
        }
    }

    private async ValueTask<IReadOnlyList<RedisStreamEntry>> ReadAsync(string topic, string group, string? left, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.ReadGroupAsync(StreamOf(topic), group, Consumer, BatchSize, left, cancellationToken);
        }
        catch (FlexCoreException e) when (e.InnerException is RedisServerException missing && missing.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
        {
            // The server has lost everything since. What is there now came after that.
            await redis.CreateGroupAsync(StreamOf(topic), group, fromBeginning: true, cancellationToken);
            return [];
        }
    }

    private async ValueTask HandleAsync(string topic, string group, RedisStreamEntry entry, Func<Delivery, CancellationToken, ValueTask> handle, CancellationToken cancellationToken)
    {
        // An entry that somebody has deleted has nothing in it.
        if (entry.Fields.Count > 0) await handle(new Delivery(null, BodyOf(entry)), cancellationToken);
        while (true)
        {
            try
            {
                await redis.AcknowledgeAsync(StreamOf(topic), group, [entry.Id], cancellationToken);
                return;
            }
            catch (FlexCoreException)
            {
                // Until then it would be received again.
                await Task.Delay(Look, time, cancellationToken);
            }
        }
    }

    private static string? FieldOf(RedisStreamEntry entry, string name) => (string?)entry.Fields.FirstOrDefault(field => field.Key == name).Value is { Length: > 0 } text ? text : null;

    private static ReadOnlyMemory<byte> BodyOf(RedisStreamEntry entry) =>
        (byte[]?)entry.Fields.FirstOrDefault(field => field.Key == Body).Value ?? Encoding.UTF8.GetBytes(string.Join(' ', entry.Fields.Select(field => $"{field.Key}={field.Value}")));
}
