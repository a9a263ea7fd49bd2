using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>The driver's clients, as many as there may be at once, and the threads on which they wait for the servers.</summary>
internal sealed class MongoDbPool(string name, MongoDbOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.PoolSize);
    private readonly BlockingThreads _threads = new($"flexcore {name}", options.PoolSize);
    private readonly Lock _gate = new();
    private MongoPoolHandle? _clients;
    private bool _isClosed;

    /// <summary>The database.</summary>
    public string Database => options.Database;

    /// <summary>For how long a server may work on one question, in milliseconds.</summary>
    public long MaxTimeMs { get; } = (long)Math.Ceiling(options.Timeout.TotalMilliseconds);

    /// <summary>Asks something over a client that is free, or waits for one. Whoever gives up leaves the client to the driver until that gives up as well, within an eighth more than <c>Timeout</c>.</summary>
    public async ValueTask<T> RunAsync<TState, T>(TState state, Func<MongoClientHandle, TState, T> ask, CancellationToken cancellationToken)
    {
        await ReserveAsync(cancellationToken);
        return await OnThreadAsync(() =>
        {
            using var client = Take();
            return ask(client, state);
        }).WaitAsync(cancellationToken);
    }

    /// <summary>Waits until there is a client for the caller, which must then <see cref="Take"/> it.</summary>
    public Task ReserveAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    /// <summary>Does something that waits for a server.</summary>
    public Task<T> OnThreadAsync<T>(Func<T> work) => _threads.RunAsync(work);

    /// <summary>Takes the client that was reserved. On a thread that may wait: the first one of all looks up names.</summary>
    /// <exception cref="FlexCoreException">The driver is not there, or does not take the options. Nothing is reserved any more.</exception>
    public MongoClientHandle Take()
    {
        try
        {
            MongoPoolHandle clients;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                clients = _clients ??= Create();
            }

            return clients.Pop(() => _free.Release());
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    /// <summary>Waits until all clients are back.</summary>
    /// <exception cref="TimeoutException">They were not in time. They are closed when they are.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(options.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var back = 0;
        try
        {
            for (; back < options.PoolSize; back++) await _free.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"operations or answers that still come have not ended within {options.Timeout.TotalSeconds:0.###} s", e);
        }
        finally
        {
            if (back > 0) _free.Release(back);
        }
    }

    public void Dispose()
    {
        _threads.Dispose();
        lock (_gate)
        {
            _isClosed = true;
            _clients?.Dispose();
        }
    }

    private MongoPoolHandle Create()
    {
        MongoC.EnsureLoaded();
        using var uri = MongoDbUri.Create(options);
        MongoError error = default;
        var clients = MongoC.NewPool(uri, ref error);
        if (clients.IsInvalid) throw MongoDbErrors.Read(error, reply: null);

        // Tells the server's errors from the driver's.
        MongoC.SetErrorApi(clients, 2);
        return clients;
    }
}
