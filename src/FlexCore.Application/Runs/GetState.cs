using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>One change of the bookmarks of a sync step.</summary>
/// <param name="Event">What happened.</param>
/// <param name="State">What it left.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
public sealed record StateVersion(IDomainEvent Event, CommittedState State, DateTimeOffset At, string Actor);

/// <summary>What is committed now for each sync step of a pipeline that has something committed.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="OnlyReadable">Whether what a later version of FlexCore has written is left out, where a look at something else must not fail for it.</param>
public sealed record ListStates(string Pipeline, bool OnlyReadable = false) : IQuery<IReadOnlyDictionary<string, JsonElement>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Every change of the bookmarks of a sync step, oldest first: the version is the place in the list, counted from 1.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
public sealed record ListStateVersions(string Pipeline, string Step) : IQuery<IReadOnlyList<StateVersion>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>The bookmarks of a sync step as they were at a version.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="Version">The version.</param>
public sealed record FindStateVersion(string Pipeline, string Step, long Version) : IQuery<StateVersion>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Reads the committed bookmarks of a sync step.</summary>
public sealed class GetState(IEventLog log)
    : IHandler<ListStates, IReadOnlyDictionary<string, JsonElement>>, IHandler<ListStateVersions, IReadOnlyList<StateVersion>>, IHandler<FindStateVersion, StateVersion>
{
    private const int MaxStreams = 100_000;

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyDictionary<string, JsonElement>>> HandleAsync(ListStates request, Caller caller, CancellationToken cancellationToken) =>
        await ListAsync(request.Pipeline, request.OnlyReadable, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<StateVersion>>> HandleAsync(ListStateVersions request, Caller caller, CancellationToken cancellationToken) =>
        ListVersionsAsync(request.Pipeline, request.Step, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<StateVersion>> HandleAsync(FindStateVersion request, Caller caller, CancellationToken cancellationToken) =>
        FindVersionAsync(request.Pipeline, request.Step, request.Version, cancellationToken);

    /// <summary>What is committed now.</summary>
    public Task<CommittedState> HandleAsync(string pipeline, string step, CancellationToken cancellationToken) => HandleAsync(pipeline, step, onlyReadable: false, cancellationToken);

    /// <summary>What is committed now for each sync step of a pipeline that has something committed.</summary>
    private async Task<SortedDictionary<string, JsonElement>> ListAsync(string pipeline, bool onlyReadable, CancellationToken cancellationToken)
    {
        var states = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        var prefix = EventStreams.State(pipeline, step: "");
        foreach (var stream in await log.ListStreamsAsync(EventStreams.StateCategory, before: null, MaxStreams, cancellationToken))
        {
            if (!stream.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var step = stream[prefix.Length..];
            if ((await HandleAsync(pipeline, step, onlyReadable, cancellationToken)).Value is { } value) states.Add(step, value);
        }

        return states;
    }

    /// <summary>Every change of the bookmarks, oldest first: the version is the place in the list, counted from 1.</summary>
    public async Task<Result<IReadOnlyList<StateVersion>>> ListVersionsAsync(string pipeline, string step, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.State(pipeline, step), cancellationToken);
        if (history.Count == 0) return Nothing(pipeline, step);
        return history
            .Select((fact, index) => new StateVersion(fact.Event, CommittedState.After(fact.Event, index + 1) ?? throw Unreadable(pipeline, step, fact.Event), fact.At, fact.Actor))
            .ToArray();
    }

    /// <summary>The bookmarks as they were at a version.</summary>
    public async Task<Result<StateVersion>> FindVersionAsync(string pipeline, string step, long version, CancellationToken cancellationToken)
    {
        var versions = await ListVersionsAsync(pipeline, step, cancellationToken);
        if (!versions.IsSuccess) return versions.Errors.ToArray();
        return version >= 1 && version <= versions.Value.Count
            ? versions.Value[(int)version - 1]
            : new Error(
                ErrorCodes.NotFound, $"the state of step {step} of pipeline {pipeline} has versions 1 to {versions.Value.Count}, and no version {version}",
                SpecificRemedy: $"See `flexcore state history {pipeline} {step}`.");
    }

    /// <summary>Nothing is committed there.</summary>
    public static Error Nothing(string pipeline, string? step) => new(
        ErrorCodes.NotFound, $"nothing is committed for {(step is null ? "" : $"step {step} of ")}pipeline {pipeline}", SpecificRemedy: "See which pipelines there are with `flexcore pipeline list`.");

    private async Task<CommittedState> HandleAsync(string pipeline, string step, bool onlyReadable, CancellationToken cancellationToken)
    {
        if (await log.ReadLastAsync(EventStreams.State(pipeline, step), cancellationToken) is not { } last) return CommittedState.None;
        return CommittedState.After(last.Event, last.Version) ?? (onlyReadable ? CommittedState.None : throw Unreadable(pipeline, step, last.Event));
    }

    // An older bookmark in its place would send records again that a later version has passed.
    private static FlexCoreException Unreadable(string pipeline, string step, IDomainEvent last) => new(new Error(
        ErrorCodes.StoreUnusable,
        $"the state of step {step} of pipeline {pipeline} was written last by a later version of FlexCore ({(last as UnknownEvent)?.Type})",
        SpecificRemedy: "Use the newer FlexCore that wrote it."));
}
