using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>What is on record of a pipeline.</summary>
/// <param name="Known">The pipeline.</param>
/// <param name="Version">How many events of it are stored.</param>
internal sealed record RecordedPipeline(Pipeline Known, long Version);

/// <summary>Reads what is on record of a pipeline.</summary>
internal static class RecordedPipelineExtensions
{
    /// <summary>Folds its event stream.</summary>
    public static async Task<RecordedPipeline> ReadPipelineAsync(this IEventLog log, string name, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Pipeline(name), cancellationToken);
        return new RecordedPipeline(Pipeline.From(history.Select(fact => fact.Event)), history.Count);
    }
}
