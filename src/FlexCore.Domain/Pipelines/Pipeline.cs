namespace FlexCore.Domain.Pipelines;

/// <summary>What has been recorded of a pipeline: its current version.</summary>
/// <param name="Version">Counts definitions; 0 when none is recorded.</param>
/// <param name="Hash">Hash of the current definition.</param>
/// <param name="File">Where the current definition came from.</param>
public sealed record Pipeline(int Version, string? Hash, string? File)
{
    /// <summary>A pipeline that nobody has recorded.</summary>
    public static Pipeline Unknown { get; } = new(0, null, null);

    /// <summary>Folds one event.</summary>
    public Pipeline Apply(IDomainEvent @event) => @event switch
    {
        PipelineCreated created => new(1, created.Hash, created.File),
        PipelineRevised revised => new(Version + 1, revised.Hash, revised.File),
        UnknownEvent => this,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is not an event of a pipeline"),
    };

    /// <summary>Records a definition when it is new; null when it is the current one already.</summary>
    public IDomainEvent? Record(PipelineDefinition definition) =>
        definition.Hash == Hash && definition.File == File ? null
        : Version == 0 ? new PipelineCreated(definition.Name, definition.File, definition.Hash, definition.Document)
        : new PipelineRevised(definition.Name, definition.File, definition.Hash, definition.Document);
}
