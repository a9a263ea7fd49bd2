using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>What all stores see to alike before they commit.</summary>
internal static class UnitOfWork
{
    /// <returns>The changes in the one order in which all writers go, so that none waits for another in a circle.</returns>
    public static IReadOnlyList<EntityChange> InOrder(IReadOnlyList<EntityChange> changes)
    {
        if (changes.Count > EntityRules.MostChanges) throw new ArgumentException($"There are {changes.Count} changes; {EntityRules.MostChanges} can be done together.", nameof(changes));
        EntityChange[] ordered = [.. changes.OrderBy(change => change.Kind, StringComparer.Ordinal).ThenBy(change => change.Id, StringComparer.Ordinal)];
        foreach (var (one, next) in ordered.Zip(ordered.Skip(1)))
        {
            if ((one.Kind, one.Id) == (next.Kind, next.Id)) throw new ArgumentException($"{one.Kind}/{one.Id} is changed twice.", nameof(changes));
        }

        return ordered;
    }

    /// <exception cref="FlexCoreException">There are conflicts.</exception>
    public static void Refuse(IReadOnlyList<EntityConflict> conflicts)
    {
        if (conflicts.Count > 0) throw new FlexCoreException([.. conflicts]);
    }
}
