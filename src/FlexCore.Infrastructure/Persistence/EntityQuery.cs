using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Which entities of a kind are asked for, in the order of their ids.</summary>
/// <param name="Kind">Of what.</param>
public sealed record EntityQuery(string Kind)
{
    /// <summary>What must hold of them.</summary>
    public Specification Where { get; init; } = Specification.Everything;

    /// <summary>Those behind this id; null for those from the first one on.</summary>
    public string? After { get; init; }

    /// <summary>How many at most, 1 to 1000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Checks what no type can.</summary>
    internal EntityQuery Checked()
    {
        EntityRules.CheckKind(Kind);
        if (After is not null) EntityRules.CheckId(After);
        if (Limit is < 1 or > EntityRules.LargestPage) throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, $"a page has 1 to {EntityRules.LargestPage} entities, not {Limit}"));
        return this;
    }
}

/// <summary>Some entities, and whether there are more.</summary>
/// <param name="Entities">In the order of their ids.</param>
/// <param name="Next">What the next page comes after; null where this one is the last.</param>
public sealed record EntityPage(IReadOnlyList<Entity> Entities, string? Next)
{
    /// <param name="entities">As many as were asked for and one more, where there is one.</param>
    /// <param name="limit">How many were asked for.</param>
    internal static EntityPage Of(IReadOnlyList<Entity> entities, int limit) =>
        entities.Count > limit ? new EntityPage([.. entities.Take(limit)], entities[limit - 1].Id) : new EntityPage(entities, Next: null);
}
