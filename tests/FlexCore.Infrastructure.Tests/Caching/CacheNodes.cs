using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.Tests.Redis;
using FlexCore.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>The nodes of a test, each with a cache and, where they share one, a connection to Redis.</summary>
public sealed class CacheNodes(RedisServer? server, string name = "cache") : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IAsyncDisposable> _opened = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a node.</summary>
    /// <param name="change">Changes its options.</param>
    /// <param name="loggers">Its log.</param>
    public Cache Add(Action<CacheOptions>? change = null, ILoggerFactory? loggers = null)
    {
        var options = new CacheOptions { Shared = server is not null };
        change?.Invoke(options);
        options.Problems().ShouldBeEmpty();
        RedisClient? redis = null;
        if (server is not null)
        {
            redis = RedisClientTests.Connect(server.ConnectionString);
            _opened.Add(redis);
        }

        var cache = new Cache(name, options, redis, loggers ?? NullLoggerFactory.Instance, TimeProvider.System);
        _opened.Insert(0, cache);
        return cache;
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task Until(Func<Task<bool>> isSo)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) throw new TimeoutException("It did not become so.");
            await Task.Delay(10, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened) await opened.DisposeAsync();
    }
}

/// <summary>A source that counts how often it is asked.</summary>
public sealed class Source
{
    private int _asked;

    public int Asked => _asked;

    public string Answer { get; set; } = "first";

    public Exception? Failure { get; set; }

    /// <summary>Holds its answers until it is opened.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public async ValueTask<string> AskAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        var answer = Answer;
        if (Gate is { } gate) await gate.Task.WaitAsync(cancellationToken);
        return Failure is { } failure ? throw failure : answer;
    }
}
