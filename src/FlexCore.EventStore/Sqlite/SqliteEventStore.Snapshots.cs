using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore : ISnapshots
{
    /// <inheritdoc/>
    public ValueTask<Snapshot?> FindSnapshotAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount: 1);
        return ReadAsync(session => SqliteSnapshots.Find(session, streamId), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await ReadAsync(session => SqliteSnapshots.Save(session, snapshot), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        await ReadAsync(session => SqliteSnapshots.Remove(session, snapshot), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAllSnapshotsAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(SqliteSnapshots.RemoveAll, cancellationToken).ConfigureAwait(false);
}
