using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>A file that a step of a run has left.</summary>
/// <param name="Step">The step.</param>
/// <param name="File">The file.</param>
public sealed record StepArtifact(string Step, Artifact File);

/// <summary>A file that a step has left, open.</summary>
/// <param name="File">What is on record of it.</param>
/// <param name="Content">Its bytes, to be disposed.</param>
public sealed record OpenArtifact(Artifact File, Stream Content);

/// <summary>The files that the steps of a run have left.</summary>
/// <param name="RunId">The run.</param>
public sealed record ListArtifacts(Guid RunId) : IQuery<IReadOnlyList<StepArtifact>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Opens one of them.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Step">The step.</param>
/// <param name="Name">The file's name in it.</param>
public sealed record ReadArtifact(Guid RunId, string Step, string Name) : IQuery<OpenArtifact>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Finds what steps have left: the log says what there is, the store of files has it.</summary>
public sealed class ArtifactFinder(IEventLog log, IArtifacts artifacts) : IHandler<ListArtifacts, IReadOnlyList<StepArtifact>>, IHandler<ReadArtifact, OpenArtifact>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<StepArtifact>>> HandleAsync(ListArtifacts request, Caller caller, CancellationToken cancellationToken) =>
        await log.ReadRunAsync(request.RunId, cancellationToken) is { } run
            ? run.State.Steps.SelectMany(step => step.Artifacts.Select(file => new StepArtifact(step.Id, file))).ToArray()
            : RunHistory.Unknown(request.RunId.ToString());

    /// <inheritdoc/>
    public async Task<Result<OpenArtifact>> HandleAsync(ReadArtifact request, Caller caller, CancellationToken cancellationToken)
    {
        if (await log.ReadRunAsync(request.RunId, cancellationToken) is not { } run) return RunHistory.Unknown(request.RunId.ToString());
        var file = run.State.Steps.FirstOrDefault(step => step.Id == request.Step)?.Artifacts.FirstOrDefault(file => file.Name == request.Name);
        if (file is null) return new Error(ErrorCodes.NotFound, $"run {request.RunId} has no artifact '{request.Name}' of a step '{request.Step}'");
        return await artifacts.OpenAsync(request.RunId, request.Step, request.Name, cancellationToken) is { } content
            ? new OpenArtifact(file, content)
            : new Error(ErrorCodes.NotFound, $"the artifact '{request.Name}' of step {request.Step} is no longer kept", SpecificRemedy: "It was deleted, as `retention.logs` says or by hand; what is on record of it stays.");
    }
}
