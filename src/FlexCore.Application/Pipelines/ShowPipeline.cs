using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>A pipeline as it is on record.</summary>
/// <param name="Pipeline">Its definitions, and what may happen with it.</param>
/// <param name="Records">When each definition was recorded and by whom, in the order of the versions.</param>
public sealed record PipelineHistory(Pipeline Pipeline, IReadOnlyList<RecordedFact> Records);

/// <summary>One pipeline that a data directory knows.</summary>
public sealed class ShowPipeline(IEventLog log)
{
    /// <summary>All its versions.</summary>
    public async Task<Result<PipelineHistory>> HandleAsync(string name, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Pipeline(name), cancellationToken);
        if (history.Count == 0) return new Error(ErrorCodes.NotFound, $"pipeline '{Printable.Escape(name)}' was never run here", SpecificRemedy: "List what is there: `flexcore pipeline list`.");
        return new PipelineHistory(Pipeline.From(history.Select(fact => fact.Event)), [.. history.Where(fact => fact.Event is PipelineCreated or PipelineRevised)]);
    }
}
