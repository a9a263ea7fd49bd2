using FlexCore.Domain.Schemas;

namespace FlexCore.Domain.Pipelines;

/// <summary>What happens when the schema of a record stream has changed.</summary>
public enum DriftAction
{
    /// <summary>It is recorded.</summary>
    Allow,

    /// <summary>It is recorded, and the run warns of it.</summary>
    Warn,

    /// <summary>The step fails before a record of the new schema has reached a target, and the schema on record stays.</summary>
    Fail,
}

/// <summary>What a sync does when the schema of a record stream has changed, by the kind of change.</summary>
/// <param name="Usual">For all kinds that are not named.</param>
/// <param name="ByKind">For the others.</param>
public sealed record DriftPolicy(DriftAction Usual, IReadOnlyDictionary<SchemaChangeKind, DriftAction> ByKind)
{
    /// <summary>Where the pipeline says nothing.</summary>
    public static DriftPolicy Warning { get; } = new(DriftAction.Warn, new Dictionary<SchemaChangeKind, DriftAction>());

    /// <summary>What happens at a change of that kind.</summary>
    public DriftAction At(SchemaChangeKind kind) => ByKind.GetValueOrDefault(kind, Usual);
}
