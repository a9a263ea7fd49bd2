using System.Collections.Concurrent;
using System.Globalization;
using FlexCore.Domain.Errors;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Caching;

/// <summary>
/// Removals by tag and pattern, for all nodes of a cache: told at once to those that listen, and kept for those that come. A node that may have missed some, because it could not listen for a while, puts all
/// that it has in doubt.
/// </summary>
internal sealed class RedisRemovals : IAsyncDisposable
{
    // KEYS: where removals are kept, the channel. ARGV: which, when, older ones mean nothing, the most, how long in milliseconds, the message.
    private const string Tell =
        """
        local kept = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
        if kept < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
        if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then
          local all = redis.call('HGETALL', KEYS[1])
          for i = 1, #all, 2 do if tonumber(all[i + 1]) < tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[i]) end end
          if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then
            redis.call('DEL', KEYS[1])
            redis.call('HSET', KEYS[1], 'p*', ARGV[2])
          end
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        return redis.call('PUBLISH', KEYS[2], ARGV[6])
        """;

    private const string ReadAll = "return redis.call('HGETALL', KEYS[1])";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    private readonly RedisLink _link;
    private readonly Removals _removals;
    private readonly string _node;
    private readonly TimeSpan _longest;
    private readonly TimeProvider _time;
    private readonly string _channel;
    private readonly ConcurrentDictionary<(RemovalKind, string), Removal> _untold = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _knows = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _missed = new(1);
    private volatile string _greeting = "";
    private TaskCompletionSource _heardGreeting = new();
    private Task _listening = Task.CompletedTask;

    public RedisRemovals(RedisLink link, Removals removals, string node, TimeSpan longest, TimeProvider time)
    {
        (_link, _removals, _node, _longest, _time) = (link, removals, node, longest, time);
        _channel = link.NameOf("removals");
    }

    /// <summary>Done when what was removed before this node came is known.</summary>
    public Task Knows => _knows.Task;

    /// <summary>Begins to listen, and does not wait for Redis.</summary>
    public void Start() => _listening = Task.Run(ListenAsync);

    /// <summary>Tells the other nodes of a removal, now or when Redis is back.</summary>
    public async ValueTask TellAsync(Removal removal, CancellationToken cancellationToken)
    {
        _untold[(removal.Kind, removal.Name)] = removal;
        if (_untold.Count > Removals.Most)
        {
            _untold.Clear();
            _untold[(RemovalKind.Pattern, "*")] = _removals.Add(RemovalKind.Pattern, "*");
        }

        try
        {
            await SendAsync(removal, cancellationToken);
        }
        catch (FlexCoreException)
        {
            // Told when the channel is heard again.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _link.Redis.ChannelsRestored -= Missed;
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
        _missed.Dispose();
    }

    private void Missed(object? sender, EventArgs e)
    {
        _link.Wake();
        if (_missed.CurrentCount == 0) _missed.Release();
    }

    private async Task ListenAsync()
    {
        IAsyncDisposable? subscription = null;
        try
        {
            _link.Redis.ChannelsRestored += Missed;
            subscription = await UntilDoneAsync(async token => await _link.Redis.SubscribeAsync(_channel, Hear, token));
            while (true)
            {
                await _missed.WaitAsync(_end.Token);
                await UntilDoneAsync(CatchUpAsync);
                _knows.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            _knows.TrySetCanceled(CancellationToken.None);
        }
        finally
        {
            if (subscription is not null) await subscription.DisposeAsync();
        }
    }

    /// <summary>Goes on only when it has heard itself: what the others say from then on is heard too.</summary>
    private async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        _heardGreeting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _greeting = $"h|{_node}|{_removals.Now()}|";
        await _link.AskAsync((_channel, _greeting), static (redis, said, token) => redis.PublishAsync(said._channel, said._greeting, token), cancellationToken);
        await _heardGreeting.Task.WaitAsync(Step, _time, cancellationToken);
        _removals.Doubt(ownOnly: !_knows.Task.IsCompleted);
        foreach (var removal in _untold.Values) await SendAsync(removal, cancellationToken);
        var all = (RedisValue[])(await _link.AskAsync(_link.NameOf("removed"), static (redis, key, token) => redis.EvaluateAsync(ReadAll, [key], [], token), cancellationToken))!;
        foreach (var pair in all.Chunk(2)) Note((string)pair[0]!, (string)pair[1]!);
        return true;
    }

    private async Task<T> UntilDoneAsync<T>(Func<CancellationToken, Task<T>> step)
    {
        while (true)
        {
            try
            {
                return await step(_end.Token);
            }
            catch (Exception e) when (e is FlexCoreException or TimeoutException)
            {
                await Task.Delay(Step, _time, _end.Token);
            }
        }
    }

    private async ValueTask SendAsync(Removal removal, CancellationToken cancellationToken)
    {
        var at = removal.At.ToString(CultureInfo.InvariantCulture);
        var field = $"{(char)removal.Kind}{removal.Name}";
        RedisValue[] values = [field, at, (removal.At - _longest.Ticks).ToString(CultureInfo.InvariantCulture), Removals.Most, (long)_longest.TotalMilliseconds, $"{(char)removal.Kind}|{_node}|{at}|{removal.Name}"];
        await _link.AskAsync(
            (Keys: (string[])[_link.NameOf("removed"), _channel], values), static (redis, tell, token) => redis.EvaluateAsync(Tell, tell.Keys, tell.values, token), cancellationToken);
        _untold.TryRemove(KeyValuePair.Create((removal.Kind, removal.Name), removal));
    }

    private void Hear(RedisValue said)
    {
        var text = (string?)said ?? "";
        if (text == _greeting) _heardGreeting.TrySetResult();
        var parts = text.Split('|', 4);
        if (parts.Length == 4 && parts[0].Length == 1 && parts[1] != _node) Note(parts[0] + parts[3], parts[2]);
    }

    // Anybody may say anything on a channel.
    private void Note(string field, string at)
    {
        if (field.Length > 1 && (RemovalKind)field[0] is var kind and (RemovalKind.Tag or RemovalKind.Pattern) && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var when))
        {
            _removals.Add(kind, field[1..], when);
        }
    }
}
