using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>The entities of one kind as values of a type. Members of a document that the type does not know are kept when it is changed.</summary>
/// <param name="store">Where they are.</param>
/// <param name="kind">Which kind.</param>
/// <param name="type">How they are read and written.</param>
/// <typeparam name="T">Their type.</typeparam>
public sealed class Repository<T>(IEntityStore store, string kind, JsonTypeInfo<T> type)
{
    /// <summary>Gets one; null where there is none.</summary>
    public async ValueTask<Stored<T>?> FindAsync(string id, CancellationToken cancellationToken) => await store.FindAsync(kind, id, cancellationToken) is { } entity ? Read(entity) : null;

    /// <summary>Whether there is one.</summary>
    public async ValueTask<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await store.FindAsync(kind, id, cancellationToken) is not null;

    /// <summary>Gets a page of those of which something holds.</summary>
    /// <returns>The page, and what the next one comes after; null where this one is the last.</returns>
    public async ValueTask<(IReadOnlyList<Stored<T>> Page, string? Next)> ListAsync(Specification where, string? after, int limit, CancellationToken cancellationToken)
    {
        var page = await store.ListAsync(new EntityQuery(kind) { Where = where, After = after, Limit = limit }, cancellationToken);
        return ([.. page.Entities.Select(Read)], page.Next);
    }

    /// <summary>Counts those of which something holds.</summary>
    public ValueTask<long> CountAsync(Specification where, CancellationToken cancellationToken) => store.CountAsync(kind, where, cancellationToken);

    /// <summary>Creates one.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">With an <see cref="EntityConflict"/>: it is there already.</exception>
    public async ValueTask<Stored<T>> CreateAsync(string id, T value, CancellationToken cancellationToken)
    {
        var change = Creation(id, value);
        await store.CommitAsync([change], cancellationToken);
        return Read(change.Entity!);
    }

    /// <summary>Replaces one as it was read.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">With an <see cref="EntityConflict"/>: it is not as it was read any more.</exception>
    public async ValueTask<Stored<T>> UpdateAsync(Stored<T> stored, T value, CancellationToken cancellationToken)
    {
        var change = Replacement(stored, value);
        await store.CommitAsync([change], cancellationToken);
        return Read(change.Entity!);
    }

    /// <summary>Deletes one as it was read.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">As of <see cref="UpdateAsync"/>.</exception>
    public ValueTask DeleteAsync(Stored<T> stored, CancellationToken cancellationToken) => store.CommitAsync([Deletion(stored)], cancellationToken);

    /// <summary>What creates one as a part of a unit of work (<see cref="IEntityStore.CommitAsync"/>), of which others are of other kinds.</summary>
    public EntityChange Creation(string id, T value) => EntityChange.Create(Entity.Create(kind, id, UnknownFields.Merge(original: null, value, type)));

    /// <summary>What replaces one as a part of a unit of work.</summary>
    public EntityChange Replacement(Stored<T> stored, T value)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return EntityChange.Update(Entity.Create(kind, stored.Id, UnknownFields.Merge(stored.Entity, value, type)), stored.Version);
    }

    /// <summary>What deletes one as a part of a unit of work.</summary>
    public EntityChange Deletion(Stored<T> stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return EntityChange.Delete(kind, stored.Id, stored.Version);
    }

    private Stored<T> Read(Entity entity) => new(entity, entity.As(type));
}

/// <summary>A value as it is stored.</summary>
/// <param name="Entity">The entity that it was read from.</param>
/// <param name="Value">The value.</param>
/// <typeparam name="T">Its type.</typeparam>
public sealed record Stored<T>(Entity Entity, T Value)
{
    /// <summary>Which one.</summary>
    public string Id => Entity.Id;

    /// <summary>At which version.</summary>
    public string Version => Entity.Version;
}
