namespace FlexCore.EventStore;

/// <summary>Keeps one snapshot for each stream. They are a shortcut: all of them may be deleted at any time.</summary>
public interface ISnapshots
{
    /// <summary>Finds the snapshot of a stream.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="cancellationToken">Gives the search up.</param>
    /// <returns>The snapshot, or null.</returns>
    ValueTask<Snapshot?> FindSnapshotAsync(string streamId, CancellationToken cancellationToken = default);

    /// <summary>Keeps a snapshot in the place of the one that was there, unless that one is of the same shape and not older.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when it is kept.</returns>
    ValueTask SaveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default);

    /// <summary>Throws a snapshot away, unless another one has taken its place.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when it is gone.</returns>
    ValueTask RemoveSnapshotAsync(Snapshot snapshot, CancellationToken cancellationToken = default);

    /// <summary>Throws all snapshots away, of all streams.</summary>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when they are gone.</returns>
    ValueTask RemoveAllSnapshotsAsync(CancellationToken cancellationToken = default);
}
