using FlexCore.Domain.Errors;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>
/// The Redis server beside PostgreSQL. What it has may be lost at any moment, and so may the server: nobody waits long for it, a question that it does not answer is answered
/// with null, and whoever asks goes on without. Connects when it is first asked.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How long a question may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long nobody asks again when one stayed without an answer.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConfigurationOptions _options;
    private readonly Func<CancellationToken, ValueTask<Guid>> _project;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _connecting = new(1);
    private readonly Lock _gate = new();
    private ConnectionMultiplexer? _server;
    private string _prefix = "";
    private long? _awaySince;
    private bool _hasWarned;
    private volatile bool _isDisposed;

    /// <param name="connection">As StackExchange.Redis takes it: <c>redis:6379,password=…</c>.</param>
    /// <param name="project">Tells the log of which the names are, among others on the server.</param>
    /// <param name="time">The clock.</param>
    public RedisConnection(string connection, Func<CancellationToken, ValueTask<Guid>> project, TimeProvider time)
    {
        (_project, _time) = (project, time);
        try
        {
            _options = ConfigurationOptions.Parse(connection);
        }
        catch (ArgumentException e)
        {
            // Not its words: they quote the connection string, and with it the password.
            throw new FlexCoreException(new Error(
                ErrorCodes.InvalidValue, $"'coordination.connection' cannot be read ({e.GetType().Name})", SpecificRemedy: "It is of the form redis:6379,password=…,ssl=true: https://stackexchange.github.io/StackExchange.Redis/Configuration"));
        }

        _options.AbortOnConnectFail = false;
        _options.ConnectTimeout = (int)Patience.TotalMilliseconds;
        _options.ClientName = "flexcore";
        Name = string.Join(", ", _options.EndPoints.Select(endPoint => $"{endPoint}"));
    }

    /// <summary>Told when the server is away, once, and when it is back.</summary>
    public Action<string> Warn { get; set; } = _ => { };

    /// <summary>The connection was lost.</summary>
    public Action Lost { get; set; } = () => { };

    /// <summary>The servers, for people.</summary>
    public string Name { get; }

    /// <summary>Runs a script on one key.</summary>
    /// <returns>Its answer; null when the server is away.</returns>
    public async ValueTask<long?> RunAsync(string script, string key, RedisValue[] values, CancellationToken cancellationToken) =>
        await AskAsync(async server => (long?)(long)await server.GetDatabase().ScriptEvaluateAsync(script, [_prefix + key], values), cancellationToken);

    /// <summary>Says something to all who listen.</summary>
    /// <returns>How many were there; null when the server is away.</returns>
    public ValueTask<long?> PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        AskAsync(async server => (long?)await server.GetSubscriber().PublishAsync(_prefix + channel, message.ToArray()), cancellationToken);

    /// <summary>Listens as soon as the server is there, and again whenever it is back, until the answer is disposed.</summary>
    public IAsyncDisposable Listen(string channel, Action<ReadOnlyMemory<byte>> heard) => new Subscription(this, channel, heard);

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;

        // Not its asynchronous way, which waits for a server that may be away.
        _server?.Close(allowCommandsToComplete: false);
        _server?.Dispose();
        _connecting.Dispose();
        return default;
    }

    private async ValueTask<long?> AskAsync(Func<ConnectionMultiplexer, Task<long?>> ask, CancellationToken cancellationToken)
    {
        if (IsResting()) return null;
        var server = await ConnectAsync(cancellationToken);
        try
        {
            var answer = await ask(server).WaitAsync(Patience, _time, cancellationToken);
            NoteBack();
            return answer;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            NoteAway(e.GetType().Name);
            return null;
        }
    }

    private async ValueTask<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_server is { } there) return there;
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_server is { } made) return made;
            _prefix = $"flexcore:{await _project(cancellationToken):N}:";

            // Never fails for a server that is away: it is tried again behind us.
            var server = await ConnectionMultiplexer.ConnectAsync(_options);
            server.ConnectionFailed += (_, failed) => NoteLost($"{failed.FailureType}");
            server.ConnectionRestored += (_, restored) =>
            {
                if (restored.ConnectionType == ConnectionType.Interactive) NoteBack();
            };
            return _server = server;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private bool IsResting()
    {
        lock (_gate) return _awaySince is { } since && _time.GetElapsedTime(since) < Pause;
    }

    private void NoteLost(string why)
    {
        if (_isDisposed) return;
        NoteAway(why);
        Lost();
    }

    private void NoteAway(string why)
    {
        lock (_gate)
        {
            _awaySince = _time.GetTimestamp();
            if (_hasWarned) return;
            _hasWarned = true;
        }

        Warn($"Redis ({Name}) does not answer ({why}): PostgreSQL does its work until it does");
    }

    private void NoteBack()
    {
        lock (_gate)
        {
            _awaySince = null;
            if (!_hasWarned) return;
            _hasWarned = false;
        }

        Warn($"Redis ({Name}) answers again");
    }

    private sealed class Subscription : IAsyncDisposable
    {
        private readonly RedisConnection _redis;
        private readonly string _channel;
        private readonly Action<RedisChannel, RedisValue> _heard;
        private readonly Task _subscribing;

        public Subscription(RedisConnection redis, string channel, Action<ReadOnlyMemory<byte>> heard)
        {
            (_redis, _channel, _heard) = (redis, channel, (_, message) => heard((byte[])message!));
            _subscribing = SubscribeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _subscribing;
            if (_redis._server is { } server) _ = server.GetSubscriber().UnsubscribeAsync(_redis._prefix + _channel, _heard);
        }

        private async Task SubscribeAsync()
        {
            try
            {
                var server = await _redis.ConnectAsync(CancellationToken.None);

                // Kept by the library, which sees to it whenever there is a connection.
                await server.GetSubscriber().SubscribeAsync(_redis._prefix + _channel, _heard).WaitAsync(Patience, _redis._time);
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or FlexCoreException)
            {
                _redis.NoteAway(e.GetType().Name);
            }
        }
    }
}
