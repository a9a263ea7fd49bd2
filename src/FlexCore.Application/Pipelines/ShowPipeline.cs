using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>One pipeline that a data directory knows, with all its versions.</summary>
/// <param name="Name">The pipeline.</param>
public sealed record ShowPipeline(string Name) : IQuery<PipelineHistory>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Name);
}

/// <summary>A pipeline as it is on record.</summary>
/// <param name="Pipeline">Its definitions, and what may happen with it.</param>
/// <param name="Records">When each definition was recorded and by whom, in the order of the versions.</param>
/// <param name="Stored">How many events it was folded from.</param>
public sealed record PipelineHistory(Pipeline Pipeline, IReadOnlyList<RecordedFact> Records, long Stored);

/// <summary>Looks a pipeline up.</summary>
public sealed class ShowPipelineHandler(IEventLog log) : IHandler<ShowPipeline, PipelineHistory>
{
    /// <inheritdoc/>
    public async Task<Result<PipelineHistory>> HandleAsync(ShowPipeline request, Caller caller, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Pipeline(request.Name), cancellationToken);
        if (history.Count == 0) return Unknown(request.Name);
        return new PipelineHistory(Pipeline.From(history.Select(fact => fact.Event)), [.. history.Where(fact => fact.Event is PipelineCreated or PipelineRevised)], history.Count);
    }

    /// <summary>Says that there is no such pipeline.</summary>
    internal static Error Unknown(string name) =>
        new(ErrorCodes.NotFound, $"there is no pipeline '{Printable.Escape(name)}'", SpecificRemedy: "List what is there: `flexcore pipeline list`.");
}
