using System.Diagnostics;

namespace FlexCore.EventStore.Subscriptions;

/// <summary>
/// The one consumer of the log under its name, or one that waits to become it. Whatever happens to store, lock or handler, it
/// goes on or begins anew until it is stopped; what is wrong meanwhile stands in <see cref="LastError"/>.
/// </summary>
internal abstract class LogConsumer(string name, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider, TimeSpan longestDelay) : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>A batch that takes longer than this is no reason for the lag to look smaller than it is.</summary>
    private static readonly TimeSpan LongBatch = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task? _running;
    private long _position;
    private long _head;
    private volatile string? _lastError;

    public string Name { get; } = name;

    public IEventStore Store => store;

    public ConsumerState State { get; protected set; }

    public string? LastError => _lastError;

    /// <summary>The last event that was handled. Of others than the one consumer, the last one that was known.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        protected set => Volatile.Write(ref _position, value);
    }

    /// <summary>By how much the log is known to be ahead.</summary>
    public long Lag => Math.Max(0, Volatile.Read(ref _head) - Position);

    public bool IsTheConsumer { get; private set; }

    protected ISubscriptionTables Tables => tables;

    protected TimeProvider Clock => timeProvider;

    protected bool IsStopping => _stop.IsCancellationRequested;

    public void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(IsStopping, this);
            if (_running is not null) return;
            State = ConsumerState.Waiting;
            EventStoreTelemetry.Follow(this);
            _running = Task.Run(() => RunAsync(_stop.Token));
        }
    }

    /// <summary>Stops, and ends when what is being handled has ended and the position is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_gate)
        {
            _stop.Cancel();
            running = _running;
        }

        if (running is not null) await running.ConfigureAwait(false);
    }

    /// <summary>Works as the one consumer, from the position of the claim on, until it is cancelled.</summary>
    protected abstract Task ConsumeAsync(IClaim claim, CancellationToken cancellationToken);

    /// <summary>Asks where the log ends, and remembers it for the lag.</summary>
    protected async ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var head = await store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _head, head);
        return head;
    }

    protected void Failed(Exception failure)
    {
        _lastError = failure.Message;
        State = ConsumerState.Retrying;
    }

    protected void Succeeded(ConsumerState state)
    {
        _lastError = null;
        State = state;
    }

    /// <summary>Asks the store, again and again while it is away: that is nobody's fault, and ends.</summary>
    protected async ValueTask<T> PersistAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstDelay, longestDelay, timeProvider);
        while (true)
        {
            try
            {
                return await work(cancellationToken).ConfigureAwait(false);
            }
            catch (EventStoreUnavailableException e)
            {
                Failed(e);
                await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until there may be more than what was handled.</summary>
    protected async ValueTask WaitForEventsAsync(long afterPosition, CancellationToken cancellationToken) => await PersistAsync(
        async token =>
        {
            await store.WaitForEventsAsync(afterPosition, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for work of unknown length, and goes on looking how far the log gets ahead of it.</summary>
    protected async Task WatchLagAsync(Task work, CancellationToken cancellationToken)
    {
        while (!work.IsCompleted)
        {
            try
            {
                await work.WaitAsync(LongBatch, timeProvider, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!work.IsCompleted)
            {
                await TryReadHeadAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        await work.ConfigureAwait(false);
    }

    private async ValueTask TryReadHeadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EventStoreException or OperationCanceledException)
        {
            // The work itself will notice.
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        // Or all that it ever does would belong to the trace of whoever started it.
        Activity.Current = null;
        var backoff = new Backoff(FirstDelay, longestDelay, timeProvider);
        while (!stop.IsCancellationRequested && State != ConsumerState.Superseded)
        {
            try
            {
                await ClaimAndConsumeAsync(backoff, stop).ConfigureAwait(false);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (OperationCanceledException)
            {
                Failed(new ClaimLostException());
                await PauseAsync(backoff, stop).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A consumer that ends without a word is the worst that can happen: it begins anew, whatever it was.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Failed(e);
                await PauseAsync(backoff, stop).ConfigureAwait(false);
            }
        }

        if (State != ConsumerState.Superseded) State = ConsumerState.Stopped;
        EventStoreTelemetry.Forget(this);
    }

    private async Task ClaimAndConsumeAsync(Backoff backoff, CancellationToken stop)
    {
        if (State != ConsumerState.Retrying) State = ConsumerState.Waiting;
        var claim = await tables.ClaimAsync(Name, stop).ConfigureAwait(false);
        await using var _ = claim.ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, claim.Lost);
        backoff.Reset();
        IsTheConsumer = true;
        try
        {
            await ConsumeAsync(claim, both.Token).ConfigureAwait(false);
        }
        finally
        {
            IsTheConsumer = false;
        }
    }

    private static Task PauseAsync(Backoff backoff, CancellationToken stop) =>
        backoff.WaitAsync(stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
