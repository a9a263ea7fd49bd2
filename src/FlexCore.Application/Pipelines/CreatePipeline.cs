using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Pipelines;

/// <summary>Takes a new pipeline over from its file.</summary>
/// <param name="Source">The file.</param>
public sealed record CreatePipeline(PipelineRequest Source) : ICommand<RecordedDefinition>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Takes another definition of a known pipeline over.</summary>
/// <param name="Source">The file.</param>
public sealed record RevisePipeline(PipelineRequest Source) : ICommand<RecordedDefinition>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>The definition of a pipeline that is on record now.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsNew">Whether it was taken over just now; else it was there.</param>
public sealed record RecordedDefinition(string Name, int Version, bool IsNew);

/// <summary>Checks a definition and records it. Nothing starts by that.</summary>
public sealed class DefinitionRecorder(IPipelineReader pipelines, IEventLog log) : IHandler<CreatePipeline, RecordedDefinition>, IHandler<RevisePipeline, RecordedDefinition>
{
    /// <inheritdoc/>
    public Task<Result<RecordedDefinition>> HandleAsync(CreatePipeline request, Caller caller, CancellationToken cancellationToken) =>
        RecordAsync(request.Source, isKnown: false, caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<RecordedDefinition>> HandleAsync(RevisePipeline request, Caller caller, CancellationToken cancellationToken) =>
        RecordAsync(request.Source, isKnown: true, caller, cancellationToken);

    private async Task<Result<RecordedDefinition>> RecordAsync(PipelineRequest source, bool isKnown, Caller caller, CancellationToken cancellationToken)
    {
        var read = await pipelines.ReadAsync(source, cancellationToken);
        if (!read.IsSuccess) return read.Errors.ToArray();
        var definition = read.Value;
        if (definition.NotOnRecord is { Count: > 0 } missing) return missing.ToArray();
        if (await SubPipelineGraph.Of(log).CheckAsync([definition], cancellationToken) is { Count: > 0 } wrong) return wrong.ToArray();
        var (known, stored) = await log.ReadPipelineAsync(definition.Name, cancellationToken);
        if (isKnown && known.Current is null) return new Error(ErrorCodes.NotFound, $"there is no pipeline {definition.Name}", SpecificRemedy: "Create it first.");
        if (!isKnown && known.Current is not null) return new Error(ErrorCodes.AlreadyExists, $"there is a pipeline {definition.Name} already", SpecificRemedy: "Revise it.");

        var decided = known.Record(definition);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (decided.Value.Length > 0)
            await log.AppendAsync(EventStreams.Pipeline(definition.Name), stored, decided.Value, EventContext.Of(caller), cancellationToken);
        return new RecordedDefinition(definition.Name, known.Fold(decided.Value).Current!.Number, decided.Value.Length > 0);
    }
}
