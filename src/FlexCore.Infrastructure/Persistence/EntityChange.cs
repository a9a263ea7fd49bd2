namespace FlexCore.Infrastructure.Persistence;

/// <summary>One change of a unit of work: an entity is created, replaced or deleted, if it is as it was when that was decided.</summary>
public sealed class EntityChange
{
    private EntityChange(string kind, string id, string? expected, Entity? entity) => (Kind, Id, Expected, Entity) = (kind, id, expected, entity);

    /// <summary>Of what.</summary>
    public string Kind { get; }

    /// <summary>Which one.</summary>
    public string Id { get; }

    /// <summary>The version at which it must be; null where it must not be there.</summary>
    public string? Expected { get; }

    /// <summary>What it is afterwards; null where it is not there any more.</summary>
    public Entity? Entity { get; }

    /// <summary>Creates an entity that must not be there yet.</summary>
    public static EntityChange Create(Entity entity) => new(entity.Kind, entity.Id, expected: null, entity);

    /// <summary>Replaces an entity.</summary>
    /// <param name="entity">What it is to be.</param>
    /// <param name="expected">The version at which it must be.</param>
    public static EntityChange Update(Entity entity, string expected) => new(entity.Kind, entity.Id, expected, entity);

    /// <summary>Deletes an entity.</summary>
    /// <param name="kind">Of what.</param>
    /// <param name="id">Which one.</param>
    /// <param name="expected">The version at which it must be.</param>
    public static EntityChange Delete(string kind, string id, string expected)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        return new(kind, id, expected, entity: null);
    }

    /// <summary>Null where it meets what it expects.</summary>
    internal EntityConflict? Against(string? current) => current == Expected ? null : new EntityConflict(this, current);
}
