using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Projections;

/// <summary>
/// Keeps the views of a projection up to date. Of all that are started for one version of it, in any number of processes, one works at a time.
/// Every event gets into the views exactly once. Dispose it before the store.
/// </summary>
public sealed class EventProjection : IAsyncDisposable
{
    /// <summary>How long it can take to see what another process has done, while somebody waits for that.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly Projection _projection;
    private readonly IEventStore _store;
    private readonly Builds _builds;
    private readonly ProjectionConsumer _consumer;
    private readonly TimeProvider _timeProvider;

    internal EventProjection(Projection projection, IEventStore store, IViewDatabase database, ISubscriptionTables tables, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(projection);
        (_projection, _store, _timeProvider) = (projection, store, timeProvider);
        _builds = new Builds(database);
        _consumer = new ProjectionConsumer(projection, _builds, store, tables, timeProvider);
    }

    /// <summary>Begins to work, or to wait for the turn. Calling it again changes nothing.</summary>
    /// <exception cref="ObjectDisposedException">The projection has been stopped.</exception>
    public void Start() => _consumer.Start();

    /// <summary>Says where the projection stands.</summary>
    /// <param name="cancellationToken">Gives the question up.</param>
    /// <returns>The status.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be asked.</exception>
    /// <exception cref="System.Data.Common.DbException">The views cannot be asked.</exception>
    public async ValueTask<ProjectionStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var all = await _builds.ListAsync(_projection.Name, cancellationToken).ConfigureAwait(false);
        var serving = all.LastOrDefault(build => build.IsServing);
        var building = all.LastOrDefault(build => !build.IsServing && build.Version == _projection.Version);
        var position = (serving ?? building)?.Position ?? 0;
        var head = await _store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        return new ProjectionStatus(_projection.Name, serving?.Version ?? 0, position, Math.Max(0, head - position), building?.Position, _consumer.State, _consumer.LastError);
    }

    /// <summary>Waits until the views that serve contain an event, and all before it: so whoever has appended it can read what became of it.</summary>
    /// <param name="position">The event's position, as <see cref="AppendResult.LastPosition"/> has it.</param>
    /// <param name="cancellationToken">Gives the waiting up; there is no other limit.</param>
    /// <returns>A task that ends when the views are so far.</returns>
    /// <exception cref="System.Data.Common.DbException">The views cannot be asked.</exception>
    public async ValueTask WaitUntilAsync(long position, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var moved = _consumer.Moved;
            var all = await _builds.ListAsync(_projection.Name, cancellationToken).ConfigureAwait(false);
            if (all.Any(build => build.IsServing && build.Position >= position)) return;
            try
            {
                await moved.WaitAsync(Glance, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Another process may be the one that works.
            }
        }
    }

    /// <summary>Begins to make the views anew from the first event on. Those that there are serve, and are kept up to date, until the new ones take over.</summary>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>False when there is nothing to make anew, because no views of this version were ever made or a newer version serves.</returns>
    /// <exception cref="System.Data.Common.DbException">The views cannot be changed.</exception>
    public async ValueTask<bool> RebuildAsync(CancellationToken cancellationToken = default)
    {
        var begun = await _builds.RebuildAsync(_projection, cancellationToken).ConfigureAwait(false);
        _consumer.LookAgain();
        return begun;
    }

    /// <summary>Stops; a batch that is not committed is left to whoever comes next.</summary>
    /// <returns>A task that ends when the work has ended.</returns>
    public ValueTask DisposeAsync() => _consumer.DisposeAsync();
}
