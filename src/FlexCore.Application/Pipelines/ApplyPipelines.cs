using System.Collections.ObjectModel;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>What files say of pipelines.</summary>
/// <param name="Sources">The files.</param>
/// <param name="Activates">Whether triggers may start runs of those that nobody has paused.</param>
/// <param name="Prunes">Whether pipelines are archived whose file was in a folder of these files and is not among them any more.</param>
public sealed record DeclaredPipelines(IReadOnlyList<PipelineRequest> Sources, bool Activates, bool Prunes)
{
    /// <summary>Which version each pipeline must be at, 0 for none; those that are not named may be at any.</summary>
    public IReadOnlyDictionary<string, int> Expected { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>What is wrong with it as it stands.</summary>
    internal IEnumerable<Error> Check() => Sources.Count == 0
        ? [new Error(ErrorCodes.InvalidValue, "there is no file")]
        : Sources.Where(source => source.IsSent).Select(source => SentDefinition.RefuseName(source.File)).OfType<Error>();
}

/// <summary>What <see cref="ApplyPipelines"/> would do.</summary>
/// <param name="Declared">What files say.</param>
public sealed record PlanPipelines(DeclaredPipelines Declared) : IQuery<IReadOnlyList<PipelineChange>>
{
    /// <summary>Not to look: to read a definition looks for files, variables and secrets that it names.</summary>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => Declared.Check();
}

/// <summary>Makes what is on record what files say. When anything is wrong with any of them, nothing is changed; done again, it changes nothing.</summary>
/// <param name="Declared">What files say.</param>
public sealed record ApplyPipelines(DeclaredPipelines Declared) : ICommand<IReadOnlyList<PipelineChange>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => Declared.Check();
}

/// <summary>What becomes of one pipeline; the same where nothing does.</summary>
/// <param name="Before">As it is on record.</param>
/// <param name="After">As it will be.</param>
/// <param name="Diff">What differs in the definition, line by line.</param>
public sealed record PipelineChange(Pipeline Before, Pipeline After, IReadOnlyList<string> Diff);

/// <summary>Plans, and does what was planned.</summary>
public sealed class PipelineApplier(IPipelineReader pipelines, IReadModels views, IEventLog log, DefinitionDiff diff)
    : IHandler<PlanPipelines, IReadOnlyList<PipelineChange>>, IHandler<ApplyPipelines, IReadOnlyList<PipelineChange>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<PipelineChange>>> HandleAsync(PlanPipelines request, Caller caller, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(request.Declared, caller, cancellationToken);
        return plan.IsSuccess ? Changes(plan.Value) : plan.Errors.ToArray();
    }

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<PipelineChange>>> HandleAsync(ApplyPipelines request, Caller caller, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(request.Declared, caller, cancellationToken);
        if (!plan.IsSuccess) return plan.Errors.ToArray();
        var context = EventContext.Of(caller);
        foreach (var step in plan.Value.Where(step => step.Events.Length > 0))
            await log.AppendAsync(EventStreams.Pipeline(step.Change.After.Name), step.Stored, step.Events, context, cancellationToken);
        return Changes(plan.Value);
    }

    private async Task<Result<List<PlannedStep>>> PlanAsync(DeclaredPipelines declared, Caller caller, CancellationToken cancellationToken)
    {
        var (definitions, errors) = await ReadAsync(declared.Sources, cancellationToken);
        var plan = new List<PlannedStep>();
        foreach (var definition in definitions)
        {
            var (known, stored) = await log.ReadPipelineAsync(definition.Name, cancellationToken);
            if (declared.Sources[0].IsSent) errors.AddRange(SentDefinition.Refuse(definition, known.Current, caller));
            if (declared.Expected.TryGetValue(definition.Name, out var expected) && expected != known.Versions.Count)
                errors.Add(new Error(ErrorCodes.PipelineMoved, $"pipeline {definition.Name} was changed since: it is at version {known.Versions.Count}, and not at {expected}"));
            var decided = known.Declare(definition, declared.Activates);
            errors.AddRange(decided.Errors);
            if (decided.IsSuccess) plan.Add(Plan(known, stored, decided.Value));
        }

        if (errors.Count > 0) return errors.ToArray();
        if (declared.Prunes) plan.AddRange(await PruneAsync(definitions, cancellationToken));
        return plan;
    }

    private async Task<(List<PipelineDefinition> Definitions, List<Error> Errors)> ReadAsync(IReadOnlyList<PipelineRequest> sources, CancellationToken cancellationToken)
    {
        var (definitions, errors) = (new List<PipelineDefinition>(), new List<Error>());
        foreach (var source in sources)
        {
            var read = await pipelines.ReadAsync(source, cancellationToken);
            errors.AddRange(read.Errors);
            if (!read.IsSuccess) continue;
            errors.AddRange(read.Value.NotOnRecord);
            if (definitions.Find(other => other.Name == read.Value.Name) is { } twin)
                errors.Add(new Error(ErrorCodes.DuplicateKey, $"{source.File}: the pipeline {twin.Name} is in {twin.File} too", SpecificRemedy: "Rename one of them: the name is what runs and state belong to."));
            else definitions.Add(read.Value);
        }

        if (errors.Count == 0) errors.AddRange(await SubPipelineGraph.Of(log).CheckAsync(definitions, cancellationToken));
        return (definitions, errors);
    }

    /// <summary>Those of other folders are somebody else's, and stay.</summary>
    private async Task<IReadOnlyList<PlannedStep>> PruneAsync(List<PipelineDefinition> definitions, CancellationToken cancellationToken)
    {
        var folders = definitions.Select(definition => Path.GetDirectoryName(definition.File)).ToHashSet(StringComparer.Ordinal);
        var names = definitions.Select(definition => definition.Name).ToHashSet(StringComparer.Ordinal);
        var gone = new List<PlannedStep>();
        foreach (var status in await views.ListPipelinesAsync(new PipelineFilter(), cancellationToken))
        {
            if (status.Lifecycle == PipelineLifecycle.Archived || names.Contains(status.Name)) continue;
            var (known, stored) = await log.ReadPipelineAsync(status.Name, cancellationToken);
            if (known.Current is not { } current || !folders.Contains(Path.GetDirectoryName(current.File))) continue;
            var archived = known.Archive().Value;
            gone.Add(Plan(known, stored, archived));
        }

        return gone;
    }

    private PlannedStep Plan(Pipeline known, long stored, IDomainEvent[] events)
    {
        var after = known.Fold(events);
        return new PlannedStep(stored, events, new PipelineChange(known, after, known.Current?.Hash == after.Current!.Hash ? [] : diff.Between(known.Current, after.Current)));
    }

    private static PipelineChange[] Changes(List<PlannedStep> plan) => [.. plan.Select(step => step.Change)];

    /// <param name="Stored">How many events of the pipeline were stored when it was planned.</param>
    /// <param name="Events">What follows.</param>
    /// <param name="Change">What becomes of it by that.</param>
    private sealed record PlannedStep(long Stored, IDomainEvent[] Events, PipelineChange Change);
}
