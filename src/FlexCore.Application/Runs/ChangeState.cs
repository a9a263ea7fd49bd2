using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Which bookmarks somebody wants to change, and why.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The sync step.</param>
/// <param name="ExpectedVersion">The version that they must be at; null does not care.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public sealed record StateChange(string Pipeline, string Step, long? ExpectedVersion = null, string? Reason = null)
{
    /// <summary>A reason has so many characters at most.</summary>
    public const int LongestReason = 500;
}

/// <summary>Changes the bookmarks of a pipeline by hand, while no run of it is under way.</summary>
public sealed class ChangeState(IEventLog log, IRunLocks locks, InterruptedRuns interruptedRuns)
{
    private readonly GetState _states = new(log);

    /// <summary>Puts the bookmarks to a value, for all targets of the step.</summary>
    /// <returns>The bookmarks after that.</returns>
    public Task<Result<CommittedState>> SetAsync(StateChange change, JsonElement value, CancellationToken cancellationToken) =>
        ChangeAsync(change, _ => Task.FromResult<Result<IDomainEvent>>(new StateSet(value, Targets: null, IsForAllTargets: true, FromVersion: null, change.Reason)), cancellationToken);

    /// <summary>Puts the bookmarks back to what they were at an older version, of each target.</summary>
    /// <returns>The bookmarks after that.</returns>
    public Task<Result<CommittedState>> GoBackAsync(StateChange change, long version, CancellationToken cancellationToken) => ChangeAsync(
        change,
        async _ =>
        {
            var found = await _states.FindVersionAsync(change.Pipeline, change.Step, version, cancellationToken);
            if (!found.IsSuccess) return found.Errors.ToArray();
            var older = found.Value.State;
            return older.Value is { } value
                ? new StateSet(value, older.Targets is [] ? null : older.Targets, older.IsForAllTargets, version, change.Reason)
                : new Error(ErrorCodes.NotFound, $"at version {version} nothing was committed for step {change.Step} of pipeline {change.Pipeline}", SpecificRemedy: "To begin anew, use `flexcore state clear`.");
        },
        cancellationToken);

    /// <summary>Removes the bookmarks: the next run begins anew.</summary>
    /// <returns>The bookmarks after that.</returns>
    public Task<Result<CommittedState>> ClearAsync(StateChange change, CancellationToken cancellationToken) => ChangeAsync(
        change,
        now => Task.FromResult<Result<IDomainEvent>>(now.Value is null ? GetState.Nothing(change.Pipeline, change.Step) : new StateCleared(change.Reason)),
        cancellationToken);

    private async Task<Result<CommittedState>> ChangeAsync(StateChange change, Func<CommittedState, Task<Result<IDomainEvent>>> decide, CancellationToken cancellationToken)
    {
        if (Refuse(change) is { } refusal) return refusal;

        // A run holds its bookmarks from its beginning, and would fail at its first commit.
        using var held = locks.TryAcquire(change.Pipeline);
        if (held is null) return RunPipeline.AlreadyRunning(locks, change.Pipeline);
        await interruptedRuns.SettleAsync(held, "state", cancellationToken);

        var now = await _states.HandleAsync(change.Pipeline, change.Step, cancellationToken);
        if (change.ExpectedVersion is { } expected && expected != now.Version)
            return new Error(
                ErrorCodes.StateMoved, $"the state of step {change.Step} of pipeline {change.Pipeline} is at version {now.Version}, and not at {expected}",
                SpecificRemedy: $"See what has changed with `flexcore state history {change.Pipeline} {change.Step}`.");
        var decided = await decide(now);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        var version = await log.AppendAsync(EventStreams.State(change.Pipeline, change.Step), now.Version, [decided.Value], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        return CommittedState.After(decided.Value, version)!;
    }

    private static Error? Refuse(StateChange change)
    {
        foreach (var name in (string[])[change.Pipeline, change.Step])
        {
            if (!Names.IsValid(name)) return new Error(ErrorCodes.InvalidName, $"'{name}' is not a valid name");
        }

        return change.Reason is { Length: > StateChange.LongestReason }
            ? new Error(ErrorCodes.UsageInvalid, $"a reason has at most {StateChange.LongestReason} characters, and this one has {change.Reason.Length}")
            : null;
    }
}
