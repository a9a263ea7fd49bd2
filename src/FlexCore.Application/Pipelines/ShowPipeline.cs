using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>A pipeline as it is on record.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Versions">Each definition of it, oldest first.</param>
public sealed record PipelineHistory(string Name, IReadOnlyList<PipelineVersion> Versions);

/// <summary>One definition of a pipeline.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Actor">By whom.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Definition">As written, secret fields masked.</param>
public sealed record PipelineVersion(int Number, DateTimeOffset At, string Actor, string File, string Hash, JsonElement Definition);

/// <summary>One pipeline that a data directory knows.</summary>
public sealed class ShowPipeline(IEventLog log)
{
    /// <summary>All its versions.</summary>
    public async Task<Result<PipelineHistory>> HandleAsync(string name, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Pipeline(name), cancellationToken);
        if (history.Count == 0) return new Error(ErrorCodes.NotFound, $"pipeline '{Printable.Escape(name)}' was never run here", SpecificRemedy: "List what is there: `flexcore pipeline list`.");
        var versions = new List<PipelineVersion>();
        foreach (var fact in history)
        {
            var number = versions.Count + 1;
            if (fact.Event is PipelineCreated created) versions.Add(new PipelineVersion(number, fact.At, fact.Actor, created.File, created.Hash, created.Definition));
            if (fact.Event is PipelineRevised revised) versions.Add(new PipelineVersion(number, fact.At, fact.Actor, revised.File, revised.Hash, revised.Definition));
        }

        return new PipelineHistory(name, versions);
    }
}
