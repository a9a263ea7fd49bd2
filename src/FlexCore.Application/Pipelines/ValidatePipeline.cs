using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>Checks a pipeline with everything that it names, and records nothing.</summary>
/// <param name="Source">The file.</param>
public sealed record ValidatePipeline(PipelineRequest Source) : IQuery<PipelineDefinition>
{
    /// <summary>Not to look: to read a definition looks for files, variables and secrets that it names.</summary>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => Source.IsSent && SentDefinition.RefuseName(Source.File) is { } refused ? [refused] : [];
}

/// <summary>Checks pipelines.</summary>
public sealed class ValidatePipelineHandler(IPipelineReader pipelines, IEventLog log) : IHandler<ValidatePipeline, PipelineDefinition>
{
    /// <inheritdoc/>
    public async Task<Result<PipelineDefinition>> HandleAsync(ValidatePipeline request, Caller caller, CancellationToken cancellationToken)
    {
        var read = await pipelines.ReadAsync(request.Source, cancellationToken);
        if (!read.IsSuccess) return read.Errors.ToArray();
        var errors = await SubPipelineGraph.Of(log).CheckAsync([read.Value], cancellationToken);
        if (errors.Count > 0) return errors.ToArray();
        if (!request.Source.IsSent) return read.Value;
        var known = (await log.ReadPipelineAsync(read.Value.Name, cancellationToken)).Known.Current;
        return SentDefinition.Refuse(read.Value, known, caller).ToArray() is { Length: > 0 } refused ? refused : read.Value;
    }
}
