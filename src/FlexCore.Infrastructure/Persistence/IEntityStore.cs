namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Where entities are kept. All stores do the same; they make what they need at the first use, and finish then what a crash has left half done. Several processes may use one.
/// </summary>
public interface IEntityStore
{
    /// <summary>Gets an entity.</summary>
    /// <returns>Null where there is none.</returns>
    ValueTask<Entity?> FindAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>Gets a page of entities. Each is as it was at some moment meanwhile; who goes from page to page sees each that was there all the time, once.</summary>
    ValueTask<EntityPage> ListAsync(EntityQuery query, CancellationToken cancellationToken);

    /// <summary>Counts the entities of a kind of which something holds.</summary>
    ValueTask<long> CountAsync(string kind, Specification where, CancellationToken cancellationToken);

    /// <summary>The kinds of which there are entities, in order.</summary>
    ValueTask<IReadOnlyList<string>> KindsAsync(CancellationToken cancellationToken);

    /// <summary>Does a unit of work: all of it, durably, or nothing, also when the process or the machine goes away in the middle.</summary>
    /// <param name="changes">At most 1000, each of another entity.</param>
    /// <param name="cancellationToken">The caller's. Cancelled in the middle, all of it may have been done, or nothing.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">With an <see cref="EntityConflict"/> for each entity that is not as expected (FX3001); nothing was done.</exception>
    ValueTask CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken);
}
