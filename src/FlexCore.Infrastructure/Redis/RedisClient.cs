using System.Security.Authentication;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>
/// A Redis server. Keys and values are the driver's <see cref="RedisKey"/> and <see cref="RedisValue"/>, which texts, numbers and bytes become by themselves. Connects when it is first asked, and again
/// by itself when the connection breaks; what is asked meanwhile fails at once, and is tried again where that does no harm.
/// </summary>
public sealed partial class RedisClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new(
        "redis", SystemKind.Database, SystemTelemetry.CreateDuration("redis_operation_duration_seconds", "How long commands of Redis took their callers."), "command");

    private static readonly Operation Get = new("GET", MayRepeat: true);
    private static readonly Operation ReadMany = new("MGET", MayRepeat: true);
    private static readonly Operation Set = new("SET", MayRepeat: true);
    private static readonly Operation WriteMany = new("MSET", MayRepeat: true);
    private static readonly Operation Delete = new("DEL");
    private static readonly Operation Increment = new("INCRBY");
    private static readonly Operation Evaluate = new("EVALSHA");
    private static readonly Operation Publish = new("PUBLISH");
    private static readonly Operation Subscribe = new("SUBSCRIBE");

    private readonly ConfigurationOptions _options;
    private readonly string _prefix;
    private readonly int _database;
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private ConnectionMultiplexer? _server;

    internal RedisClient(string name, RedisOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        _options = ConfigurationOptions.Parse(options.Connection);

        // A server that is away when the program starts is as one that goes away later.
        _options.AbortOnConnectFail = false;

        // Who waits for a connection is to be told that there is none, and not that there was no answer.
        _options.ConnectTimeout = (int)Math.Clamp(options.Timeout.TotalMilliseconds / 2, 1, _options.ConnectTimeout);
        (_prefix, _database) = (options.Prefix, options.Database);
        Servers = string.Join(", ", _options.EndPoints);
    }

    /// <summary>Told when the connection broke (false), and when it is back (true).</summary>
    internal Action<bool> ConnectionChanged { get; set; } = _ => { };

    /// <summary>Told when the connection over which channels are heard is there again: what was said meanwhile was not heard.</summary>
    internal event EventHandler? ChannelsRestored;

    /// <summary>The servers, for people.</summary>
    public string Servers { get; }

    /// <summary>The value of a key; <see cref="RedisValue.Null"/> where there is none.</summary>
    public ValueTask<RedisValue> GetAsync(string key, CancellationToken cancellationToken) =>
        CallAsync(Get, _prefix + key, static (database, key) => database.StringGetAsync(key), cancellationToken);

    /// <summary>The values of keys, in their order, read at one moment.</summary>
    public ValueTask<RedisValue[]> GetManyAsync(IEnumerable<string> keys, CancellationToken cancellationToken) =>
        CallAsync(ReadMany, KeysOf(keys), static (database, keys) => database.StringGetAsync(keys), cancellationToken);

    /// <summary>Gives a key a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="expiry">When it leaves by itself, in whole milliseconds from now; null for never.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask SetAsync(string key, RedisValue value, TimeSpan? expiry, CancellationToken cancellationToken) =>
        await CallAsync(Set, (Key: _prefix + key, value, expiry), static (database, set) => database.StringSetAsync(set.Key, set.value, set.expiry), cancellationToken);

    /// <summary>Gives several keys their values, all at one moment. They stay until somebody deletes them.</summary>
    public async ValueTask SetManyAsync(IEnumerable<KeyValuePair<string, RedisValue>> values, CancellationToken cancellationToken)
    {
        KeyValuePair<RedisKey, RedisValue>[] pairs = [.. values.Select(pair => KeyValuePair.Create((RedisKey)(_prefix + pair.Key), pair.Value))];
        if (pairs.Length > 0) await CallAsync(WriteMany, pairs, static (database, pairs) => database.StringSetAsync(pairs), cancellationToken);
    }

    /// <summary>Deletes keys.</summary>
    /// <returns>How many of them there were.</returns>
    public ValueTask<long> DeleteAsync(IEnumerable<string> keys, CancellationToken cancellationToken) =>
        CallAsync(Delete, KeysOf(keys), static (database, keys) => database.KeyDeleteAsync(keys), cancellationToken);

    /// <summary>Adds to the number of a key, which is 0 where there is none.</summary>
    /// <returns>What it is then.</returns>
    public ValueTask<long> IncrementAsync(string key, long by, CancellationToken cancellationToken) =>
        CallAsync(Increment, (Key: _prefix + key, by), static (database, add) => database.StringIncrementAsync(add.Key, add.by), cancellationToken);

    /// <summary>Runs a script of Lua at one moment. The server keeps it, so only its hash is sent from the second time on.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its <c>KEYS</c>.</param>
    /// <param name="values">Its <c>ARGV</c>.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ValueTask<RedisResult> EvaluateAsync(string script, IReadOnlyList<string> keys, RedisValue[] values, CancellationToken cancellationToken) =>
        CallAsync(Evaluate, (script, Keys: KeysOf(keys), values), static (database, run) => database.ScriptEvaluateAsync(run.script, run.Keys, run.values), cancellationToken);

    /// <summary>Says something to all who listen now.</summary>
    /// <returns>How many of them this server knows.</returns>
    public ValueTask<long> PublishAsync(string channel, RedisValue message, CancellationToken cancellationToken) =>
        CallAsync(Publish, (Channel: _prefix + channel, message), static (database, said) => database.PublishAsync(said.Channel, said.message), cancellationToken);

    /// <summary>Listens to a channel until the answer is disposed, also after a connection that broke; while the server is away, from when it is there on. What is said while there is no connection is not heard.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="heard">Told of each message, one after the other, in the order in which they were said. Must not wait.</param>
    /// <param name="cancellationToken">Ends the wait for the server.</param>
    public async ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<RedisValue> heard, CancellationToken cancellationToken)
    {
        var name = _prefix + channel;
        var subscriber = (await ConnectAsync(cancellationToken)).GetSubscriber();
        Action<RedisChannel, RedisValue> told = (_, message) => heard(message);
        try
        {
            await RunAsync(Subscribe, channel, (subscriber, name, told), static async (on, token) =>
            {
                await on.subscriber.SubscribeAsync(on.name, on.told).WaitAsync(token);
                return true;
            }, cancellationToken);
        }
        catch (FlexCoreException e) when (e.Error.Code.IsTransient)
        {
            // The driver sees to it as soon as there is a connection.
        }

        return new Subscription(subscriber, name, told);
    }

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        // Nothing else: what tells more wants a user who may administer.
        await (await ConnectAsync(cancellationToken)).GetDatabase(_database).PingAsync();
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps()
    {
        if (_connecting is not { } connecting) yield break;
        yield return async token =>
        {
            var server = await connecting.WaitAsync(token);

            // Not its asynchronous way, which waits for a server that may be away.
            server.Close(allowCommandsToComplete: false);
            server.Dispose();
        };
    }

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        RedisServerException refused => new CallFailure(KindOf(refused.Message), refused.Message),
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => new CallFailure(FailureKind.AccessRefused, "the server does not take the credentials"),
        RedisConnectionException away => new CallFailure(FailureKind.Unreachable, $"no connection to {Servers} ({away.FailureType})"),
        TimeoutException => new CallFailure(FailureKind.Timeout, "no answer in time"),
        AuthenticationException untrusted => new CallFailure(FailureKind.Unreachable, untrusted.Message),
        RedisException other => new CallFailure(FailureKind.Unreachable, other.GetType().Name),
        _ => null,
    };

    /// <summary>The first word of an answer says what it is (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors).</summary>
    private static FailureKind KindOf(string message) => message.Split(' ', 2)[0] switch
    {
        "NOAUTH" or "WRONGPASS" or "NOPERM" => FailureKind.AccessRefused,
        "LOADING" or "BUSY" or "TRYAGAIN" or "CLUSTERDOWN" or "MASTERDOWN" or "READONLY" or "OOM" => FailureKind.Busy,
        "BUSYGROUP" or "BUSYKEY" => FailureKind.Conflict,
        _ => FailureKind.RequestRefused,
    };

    private ValueTask<T> CallAsync<TState, T>(Operation operation, TState state, Func<IDatabaseAsync, TState, Task<T>> call, CancellationToken cancellationToken) => RunAsync(
        operation,
        resource: null,
        (Client: this, state, call),
        static (all, token) => all.Client._server is { } server
            ? new ValueTask<T>(all.call(server.GetDatabase(all.Client._database), all.state).WaitAsync(token))
            : all.Client.ConnectAndCallAsync(all.call, all.state, token),
        cancellationToken);

    private async ValueTask<T> ConnectAndCallAsync<TState, T>(Func<IDatabaseAsync, TState, Task<T>> call, TState state, CancellationToken cancellationToken) =>
        await call((await ConnectAsync(cancellationToken)).GetDatabase(_database), state).WaitAsync(cancellationToken);

    // One for all who ask: whoever stops waiting for it leaves it to the others.
    private async ValueTask<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_server is { } there) return there;
        Task<ConnectionMultiplexer> connecting;
        lock (_gate) connecting = _connecting is null or { IsFaulted: true } ? _connecting = BeginAsync() : _connecting;
        return _server = await connecting.WaitAsync(cancellationToken);
    }

    private async Task<ConnectionMultiplexer> BeginAsync()
    {
        var server = await ConnectionMultiplexer.ConnectAsync(_options);
        var areChannelsLost = false;
        server.ConnectionFailed += (_, failed) =>
        {
            if (failed.ConnectionType == ConnectionType.Subscription) Volatile.Write(ref areChannelsLost, true);
            Tell(isThere: false);
        };
        server.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType == ConnectionType.Interactive) Tell(isThere: true);
            else if (Interlocked.Exchange(ref areChannelsLost, false) && !IsClosed) ChannelsRestored?.Invoke(this, EventArgs.Empty); // also told of the first connection, which was never lost
        };
        return server;
    }

    private void Tell(bool isThere)
    {
        if (!IsClosed) ConnectionChanged(isThere);
    }

    private RedisKey[] KeysOf(IEnumerable<string> keys) => [.. keys.Select(key => (RedisKey)(_prefix + key))];

    private sealed class Subscription(ISubscriber subscriber, string channel, Action<RedisChannel, RedisValue> told) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await subscriber.UnsubscribeAsync(channel, told);
            }
            catch (RedisException)
            {
                // The connection is gone, and with it the subscription.
            }
        }
    }
}
