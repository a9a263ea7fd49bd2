using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>
/// The Redis server beside PostgreSQL. What it has may be lost at any moment, and so may the server: nobody waits long for it, a question that it does not answer is answered
/// with null, and whoever asks goes on without.
/// </summary>
internal sealed class BestEffortRedis : IAsyncDisposable
{
    /// <summary>How long a question may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long nobody asks again when one stayed without an answer.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly RedisClient _client;
    private readonly Func<CancellationToken, ValueTask<Guid>> _project;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private string? _prefix;
    private long? _awaySince;
    private bool _hasWarned;

    /// <param name="connection">As StackExchange.Redis takes it: <c>redis:6379,password=…</c>.</param>
    /// <param name="project">Tells the log of which the names are, among others on the server.</param>
    /// <param name="time">The clock.</param>
    public BestEffortRedis(string connection, Func<CancellationToken, ValueTask<Guid>> project, TimeProvider time)
    {
        (_project, _time) = (project, time);
        var options = new RedisOptions { Connection = $"connectTimeout={Patience.TotalMilliseconds:0},name=flexcore,{connection}", Timeout = Patience };
        (options.Retry.Attempts, options.Breaker.Enabled) = (1, false);
        try
        {
            _client = new RedisClient("redis", options, NullLoggerFactory.Instance, time);
        }
        catch (ArgumentException e)
        {
            // Not its words: they quote the connection string, and with it the password.
            throw new FlexCoreException(new Error(
                ErrorCodes.InvalidValue, $"'coordination.connection' cannot be read ({e.GetType().Name})", SpecificRemedy: "It is of the form redis:6379,password=…,ssl=true: https://stackexchange.github.io/StackExchange.Redis/Configuration"));
        }

        _client.ConnectionChanged = isThere =>
        {
            if (isThere) NoteBack();
            else NoteLost();
        };
    }

    /// <summary>Told when the server is away, once, and when it is back.</summary>
    public Action<string> Warn { get; set; } = _ => { };

    /// <summary>The connection was lost.</summary>
    public Action Lost { get; set; } = () => { };

    /// <summary>The servers, for people.</summary>
    public string Name => _client.Servers;

    /// <summary>Runs a script on one key.</summary>
    /// <returns>Its answer; null when the server is away.</returns>
    public ValueTask<long?> RunAsync(string script, string key, RedisValue[] values, CancellationToken cancellationToken) =>
        AskAsync(async prefix => (long)await _client.EvaluateAsync(script, [prefix + key], values, cancellationToken), cancellationToken);

    /// <summary>Says something to all who listen.</summary>
    /// <returns>How many were there; null when the server is away.</returns>
    public ValueTask<long?> PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        AskAsync(prefix => _client.PublishAsync(prefix + channel, message.ToArray(), cancellationToken), cancellationToken);

    /// <summary>Listens as soon as the server is there, and again whenever it is back, until the answer is disposed.</summary>
    public IAsyncDisposable Listen(string channel, Action<ReadOnlyMemory<byte>> heard) => new Subscription(ListenAsync(channel, heard));

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async ValueTask<long?> AskAsync(Func<string, ValueTask<long>> ask, CancellationToken cancellationToken)
    {
        if (IsResting()) return null;
        var prefix = await PrefixAsync(cancellationToken);
        try
        {
            var answer = await ask(prefix);
            NoteBack();
            return answer;
        }
        catch (Exception e) when (e is FlexCoreException or ObjectDisposedException)
        {
            NoteAway();
            return null;
        }
    }

    private async Task<IAsyncDisposable?> ListenAsync(string channel, Action<ReadOnlyMemory<byte>> heard)
    {
        try
        {
            // Kept by the driver, which sees to it whenever there is a connection.
            return await _client.SubscribeAsync(await PrefixAsync(CancellationToken.None) + channel, message => heard((byte[])message!), CancellationToken.None);
        }
        catch (Exception e) when (e is FlexCoreException or ObjectDisposedException)
        {
            NoteAway();
            return null;
        }
    }

    private async ValueTask<string> PrefixAsync(CancellationToken cancellationToken) => _prefix ??= $"flexcore:{await _project(cancellationToken):N}:";

    private bool IsResting()
    {
        lock (_gate) return _awaySince is { } since && _time.GetElapsedTime(since) < Pause;
    }

    private void NoteLost()
    {
        NoteAway();
        Lost();
    }

    private void NoteAway()
    {
        lock (_gate)
        {
            _awaySince = _time.GetTimestamp();
            if (_hasWarned) return;
            _hasWarned = true;
        }

        Warn($"Redis ({Name}) does not answer: PostgreSQL does its work until it does");
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

    private sealed class Subscription(Task<IAsyncDisposable?> subscribing) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (await subscribing is { } subscription) await subscription.DisposeAsync();
        }
    }
}
