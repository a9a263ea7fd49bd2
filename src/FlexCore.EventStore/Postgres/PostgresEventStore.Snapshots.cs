using FlexCore.EventStore.Postgres;

namespace FlexCore.EventStore;

public sealed partial class PostgresEventStore : ISnapshots
{
    /// <inheritdoc/>
    public ValueTask<Snapshot?> FindSnapshotAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount: 1);
        return DoAsync((connection, token) => PostgresSnapshots.FindAsync(connection, streamId, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await DoAsync((connection, token) => PostgresSnapshots.SaveAsync(connection, snapshot, token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await DoAsync((connection, token) => PostgresSnapshots.RemoveAsync(connection, snapshot, token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAllSnapshotsAsync(CancellationToken cancellationToken = default) =>
        await DoAsync(PostgresSnapshots.RemoveAllAsync, cancellationToken).ConfigureAwait(false);
}
