using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>Lets the triggers of a pipeline start runs.</summary>
/// <param name="Pipeline">Its name.</param>
public sealed record ActivatePipeline(string Pipeline) : ICommand<Pipeline>
{
    /// <summary>How many events of it there must be; null does not care.</summary>
    public long? ExpectedVersion { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Lets no run of a pipeline start any more; what runs goes on.</summary>
/// <param name="Pipeline">Its name.</param>
/// <param name="Reason">For those who wonder later.</param>
public sealed record PausePipeline(string Pipeline, string? Reason) : ICommand<Pipeline>
{
    /// <summary>How many events of it there must be; null does not care.</summary>
    public long? ExpectedVersion { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Takes a pipeline out of use.</summary>
/// <param name="Pipeline">Its name.</param>
public sealed record ArchivePipeline(string Pipeline) : ICommand<Pipeline>
{
    /// <summary>How many events of it there must be; null does not care.</summary>
    public long? ExpectedVersion { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Changes what may happen with a pipeline.</summary>
public sealed class ChangeLifecycle(IEventLog log) : IHandler<ActivatePipeline, Pipeline>, IHandler<PausePipeline, Pipeline>, IHandler<ArchivePipeline, Pipeline>
{
    /// <inheritdoc/>
    public Task<Result<Pipeline>> HandleAsync(ActivatePipeline request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Pipeline, request.ExpectedVersion, pipeline => pipeline.Activate(), caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<Pipeline>> HandleAsync(PausePipeline request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Pipeline, request.ExpectedVersion, pipeline => pipeline.Pause(request.Reason), caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<Pipeline>> HandleAsync(ArchivePipeline request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.Pipeline, request.ExpectedVersion, pipeline => pipeline.Archive(), caller, cancellationToken);

    private async Task<Result<Pipeline>> ChangeAsync(string name, long? expected, Func<Pipeline, Result<IDomainEvent[]>> decide, Caller caller, CancellationToken cancellationToken)
    {
        var (known, stored) = await log.ReadPipelineAsync(name, cancellationToken);
        if (expected is { } version && version != stored) return new Error(ErrorCodes.PipelineMoved, $"pipeline {name} was changed since: it is at version {stored} of its history, and not at {version}");
        var decided = decide(known);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (decided.Value.Length == 0) return known;
        await log.AppendAsync(EventStreams.Pipeline(name), stored, decided.Value, EventContext.Of(caller), cancellationToken);
        return known.Fold(decided.Value);
    }
}
