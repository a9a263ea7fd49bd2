using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>In what two versions of a pipeline differ.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="From">The older version; null for the one before the newer.</param>
/// <param name="To">The newer version; null for the last one.</param>
public sealed record ComparePipelineVersions(string Name, int? From, int? To) : IQuery<ComparedVersions>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Name);
}

/// <summary>Two versions beside each other.</summary>
/// <param name="Older">The older one; null where there is none.</param>
/// <param name="Newer">The newer one.</param>
/// <param name="Diff">What differs, line by line.</param>
public sealed record ComparedVersions(PipelineVersion? Older, PipelineVersion Newer, IReadOnlyList<string> Diff);

/// <summary>One definition of a pipeline.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Version">Which; null for the last one.</param>
public sealed record FindPipelineVersion(string Name, int? Version) : IQuery<PipelineVersion>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Name);
}

/// <summary>Finds versions of pipelines, and compares them.</summary>
public sealed class PipelineVersions(IEventLog log, DefinitionDiff diff) : IHandler<ComparePipelineVersions, ComparedVersions>, IHandler<FindPipelineVersion, PipelineVersion>
{
    /// <inheritdoc/>
    public async Task<Result<ComparedVersions>> HandleAsync(ComparePipelineVersions request, Caller caller, CancellationToken cancellationToken)
    {
        var newer = await FindAsync(request.Name, request.To, cancellationToken);
        if (!newer.IsSuccess) return newer.Errors.ToArray();
        var older = await FindAsync(request.Name, request.From ?? newer.Value.Number - 1, cancellationToken);
        return older.IsSuccess ? new ComparedVersions(older.Value, newer.Value, diff.Between(older.Value, newer.Value)) : older.Errors.ToArray();
    }

    /// <inheritdoc/>
    public Task<Result<PipelineVersion>> HandleAsync(FindPipelineVersion request, Caller caller, CancellationToken cancellationToken) => FindAsync(request.Name, request.Version, cancellationToken);

    private async Task<Result<PipelineVersion>> FindAsync(string name, int? number, CancellationToken cancellationToken)
    {
        var pipeline = (await log.ReadPipelineAsync(name, cancellationToken)).Known;
        if (pipeline.Current is null) return ShowPipelineHandler.Unknown(name);
        if (pipeline.Versions.ElementAtOrDefault((number ?? pipeline.Versions.Count) - 1) is { } version) return version;
        return new Error(ErrorCodes.NotFound, $"pipeline {pipeline.Name} has no version {number}", SpecificRemedy: $"It has versions 1 to {pipeline.Versions.Count}: see `flexcore pipeline show {pipeline.Name}`.");
    }
}
