using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>A change of the bookmarks of a sync step by hand. The answer is the bookmarks after it.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="ExpectedVersion">The version that they must be at; null does not care.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public abstract record StateChange(string Pipeline, string Step, long? ExpectedVersion, string? Reason) : ICommand<CommittedState>
{
    private const int LongestReason = 500;

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);

    /// <inheritdoc/>
    public IEnumerable<Error> Validate()
    {
        foreach (var name in (string[])[Pipeline, Step])
        {
            if (!Names.IsValid(name)) yield return new Error(ErrorCodes.InvalidName, $"'{name}' is not a valid name");
        }

        if (Reason is { Length: > LongestReason }) yield return new Error(ErrorCodes.UsageInvalid, $"a reason has at most {LongestReason} characters, and this one has {Reason.Length}");
    }
}

/// <summary>Put the bookmarks to a value, for all targets of the step.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="Value">The value of a Singer STATE, as <see cref="WrittenState"/> reads it.</param>
/// <param name="ExpectedVersion">The version that they must be at; null does not care.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public sealed record SetState(string Pipeline, string Step, JsonElement Value, long? ExpectedVersion = null, string? Reason = null) : StateChange(Pipeline, Step, ExpectedVersion, Reason);

/// <summary>Put the bookmarks back to what they were at an older version, of each target.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="Version">The older version.</param>
/// <param name="ExpectedVersion">The version that they must be at; null does not care.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public sealed record RevertState(string Pipeline, string Step, long Version, long? ExpectedVersion = null, string? Reason = null) : StateChange(Pipeline, Step, ExpectedVersion, Reason);

/// <summary>Remove the bookmarks: the next run begins anew.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="ExpectedVersion">The version that they must be at; null does not care.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public sealed record ClearState(string Pipeline, string Step, long? ExpectedVersion = null, string? Reason = null) : StateChange(Pipeline, Step, ExpectedVersion, Reason);

/// <summary>Changes bookmarks by hand, while no run of the pipeline is under way.</summary>
public sealed class ChangeState(IEventLog log, PipelineLocks locks)
    : IHandler<SetState, CommittedState>, IHandler<RevertState, CommittedState>, IHandler<ClearState, CommittedState>
{
    private readonly GetState _states = new(log);

    /// <inheritdoc/>
    public Task<Result<CommittedState>> HandleAsync(SetState request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request, caller, _ => new StateSet(request.Value, Targets: null, IsForAllTargets: true, FromVersion: null, request.Reason), cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<CommittedState>> HandleAsync(RevertState request, Caller caller, CancellationToken cancellationToken)
    {
        // What it was stays what it was, so it can be read before.
        var found = await _states.FindVersionAsync(request.Pipeline, request.Step, request.Version, cancellationToken);
        if (!found.IsSuccess) return found.Errors.ToArray();
        var older = found.Value.State;
        if (older.Value is not { } value)
            return new Error(ErrorCodes.NotFound, $"at version {request.Version} nothing was committed for step {request.Step} of pipeline {request.Pipeline}", SpecificRemedy: "To begin anew, use `flexcore state clear`.");
        return await ChangeAsync(request, caller, _ => new StateSet(value, older.Targets is [] ? null : older.Targets, older.IsForAllTargets, request.Version, request.Reason), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Result<CommittedState>> HandleAsync(ClearState request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request, caller, now => now.Value is null ? GetState.Nothing(request.Pipeline, request.Step) : new StateCleared(request.Reason), cancellationToken);

    private async Task<Result<CommittedState>> ChangeAsync(StateChange change, Caller caller, Func<CommittedState, Result<IDomainEvent>> decide, CancellationToken cancellationToken)
    {
        // A run holds its bookmarks from its beginning, and would fail at its first commit.
        var taken = await locks.TakeAsync(change.Pipeline, isApartFromNodes: true, "state", cancellationToken);
        if (!taken.IsSuccess) return taken.Errors.ToArray();
        await using var held = taken.Value.Lock;

        var now = await _states.HandleAsync(change.Pipeline, change.Step, cancellationToken);
        if (change.ExpectedVersion is { } expected && expected != now.Version)
            return new Error(
                ErrorCodes.StateMoved, $"the state of step {change.Step} of pipeline {change.Pipeline} is at version {now.Version}, and not at {expected}",
                SpecificRemedy: $"See what has changed with `flexcore state history {change.Pipeline} {change.Step}`.");
        var decided = decide(now);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        var version = await log.AppendAsync(EventStreams.State(change.Pipeline, change.Step), now.Version, [decided.Value], held.Fence, EventContext.Of(caller), cancellationToken);
        return CommittedState.After(decided.Value, version)!;
    }
}
