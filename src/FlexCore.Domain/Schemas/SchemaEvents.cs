using System.Collections.Immutable;

namespace FlexCore.Domain.Schemas;

/// <summary>The schema of a record stream of a sync is another one than before, or the first.</summary>
/// <param name="RunId">The run in which it came.</param>
/// <param name="Stream">The record stream.</param>
/// <param name="Fingerprint"><see cref="SchemaFingerprint"/> of it.</param>
/// <param name="Schema">What it says.</param>
/// <param name="Changes">How it differs from the one before; empty for the first.</param>
[EventType("SchemaRecorded")]
public sealed record SchemaRecorded(Guid RunId, string Stream, string Fingerprint, SchemaShape Schema, IReadOnlyList<SchemaChange> Changes) : IDomainEvent;

/// <summary>The schema that came last of each record stream of a sync, folded from its events.</summary>
/// <param name="ByStream">By record stream.</param>
public sealed record KnownSchemas(ImmutableDictionary<string, SchemaRecorded> ByStream)
{
    /// <summary>Before anything came.</summary>
    public static KnownSchemas None { get; } = new(ImmutableDictionary.Create<string, SchemaRecorded>(StringComparer.Ordinal));

    /// <summary>Folds one event.</summary>
    public KnownSchemas Apply(IDomainEvent @event) => @event is SchemaRecorded recorded ? new(ByStream.SetItem(recorded.Stream, recorded)) : this;
}
