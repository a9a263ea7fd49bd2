using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Notifications;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Nodes;

/// <summary>Runs what a node has taken from the queue: from its beginning, or from where another node has left it.</summary>
/// <param name="preparation">Checks what a run rests on.</param>
/// <param name="log">Where runs are.</param>
/// <param name="locks">What keeps command lines from running a pipeline of which one run at a time may be under way, and ends what they have left.</param>
/// <param name="engine">Drives them.</param>
/// <param name="notifications">Tells of them.</param>
/// <param name="settings">Of the project, as they are now.</param>
/// <param name="node">The node's name, for the record.</param>
public sealed class ClaimedRuns(RunPreparation preparation, IEventLog log, PipelineLocks locks, RunEngine engine, TellAboutRuns notifications, Func<ProjectSettings> settings, string node)
{
    private readonly ConcurrentDictionary<string, Pipeline> _pipelines = new(StringComparer.Ordinal);

    // What was prepared with settings goes with them.
    private readonly ConditionalWeakTable<ProjectSettings, ConcurrentDictionary<(string Pipeline, int Version), PreparedRun>> _prepared = [];

    /// <summary>What is on record of runs that were taken, by their ids.</summary>
    public async Task<IReadOnlyDictionary<Guid, RecordedRun>> ReadAsync(IReadOnlyList<RunClaim> claims, CancellationToken cancellationToken)
    {
        var histories = await log.ReadAsync([.. claims.Select(claim => EventStreams.Run(claim.RunId))], cancellationToken);

        // Each came into the queue with its first event.
        return histories.Select(history => new RecordedRun(Run.From([.. history.Select(fact => fact.Event)]), history[0].TraceParent)).ToDictionary(recorded => recorded.Run.State.RunId);
    }

    /// <summary>Takes a run to its end, or until it is to be left to others.</summary>
    /// <returns>The run; not ended where it is left to another node.</returns>
    public async Task<RunState> ExecuteAsync(RecordedRun recorded, RunClaim claim, RunControl control, IRunObserver observer)
    {
        var state = recorded.Run.State;
        if (state.IsEnded) return state; // by another node: while this one came to it, the claim was lost
        var version = await FindVersionAsync(state, control.Signal.AtOnce);
        if (version.Rules.IsOneAtATime && !await locks.IsFreeAsync(state.Pipeline, "serve", control.Signal.AtOnce)) return state;
        using var span = RunSpans.BeginRun(state.RunId, state.Pipeline, recorded.TraceParent);
        var ended = await DriveAsync(recorded, version, claim, control, observer);
        RunSpans.End(span, ended);
        return ended;
    }

    private async Task<RunState> DriveAsync(RecordedRun recorded, PipelineVersion version, RunClaim claim, RunControl control, IRunObserver observer)
    {
        var (run, state) = (recorded.Run, recorded.Run.State);
        var prepared = await PrepareAsync(state, version, control.Signal.Gently);
        var context = EventContext.New(claim.RunId).Within(recorded.TraceParent);
        if (!prepared.IsSuccess) return await FailAsync(run, claim, context, prepared.Errors[0]);

        context = context with { Isolation = prepared.Value.Isolation };
        if (state.Status == RunStatus.Running)
        {
            if (FindChanged(state, prepared.Value) is { } changed) return await FailAsync(run, claim, context, changed);
            run.Resume(node, claim.Epoch);
        }
        else
        {
            await preparation.RecordGrantsAsync(prepared.Value.Pipeline, context, control.Signal.AtOnce);
            run.Begin(new PipelineStarted(
                state.RunId, state.Pipeline, state.PipelineVersion, version.Hash, prepared.Value.Order, state.FullRefresh, Resumes: null, Replays: state.Replays,
                Isolation: prepared.Value.Isolation.IsDegraded ? prepared.Value.Isolation : null, Plugins: prepared.Value.Pins, Node: node,
                Environment: prepared.Value.Pipeline.Environment, Notify: state.Replay is null ? prepared.Value.Pipeline.NotifyOnRecord : null));
            if (state is { RetryOf: { } earlier, KeepsSucceeded: true }) await KeepAsync(run, earlier, control.Signal.AtOnce);
        }

        if (state.CancelRequested is not null) control.Cancel();
        return await notifications.WhileAsync(
            claim.RunId, run.State.Notify, () => engine.RunAsync(new DrivenRun(run, prepared.Value.Pipeline, context, control, claim, state.Replay), observer), observer);
    }

    /// <summary>Tells whoever is to know how a run has ended.</summary>
    public Task TellAsync(RunState run, IRunObserver observer, CancellationToken cancellationToken) =>
        run is { IsEnded: true, Notify.Count: > 0 } ? notifications.TellAsync(run.RunId, observer, cancellationToken) : Task.CompletedTask;

    /// <summary>Definitions never change: each is read once.</summary>
    private async Task<PipelineVersion> FindVersionAsync(RunState run, CancellationToken cancellationToken)
    {
        if (!_pipelines.TryGetValue(run.Pipeline, out var pipeline) || pipeline.Versions.Count < run.PipelineVersion)
            _pipelines[run.Pipeline] = pipeline = (await log.ReadPipelineAsync(run.Pipeline, cancellationToken)).Known;
        return pipeline.Versions[run.PipelineVersion - 1];
    }

    /// <summary>What rests on nothing but its definition and the settings is checked once; plugins, grants and secrets are looked at each time.</summary>
    private async Task<Result<PreparedRun>> PrepareAsync(RunState run, PipelineVersion version, CancellationToken cancellationToken)
    {
        var (canBeKept, key, kept) = (run is { Set.Count: 0, Replay: null }, (run.Pipeline, version.Number), _prepared.GetOrCreateValue(settings()));
        if (canBeKept && kept.TryGetValue(key, out var known)) return known;
        var prepared = await preparation.CheckAsync(
            new PipelineRequest(version.File, run.Set, GrantAll: false) { Recorded = version.Definition, Trigger = run.Trigger with { DueAt = run.Trigger.DueAt ?? CausedRun.TimeOf(run.RunId) } }, read => run.Replay?.Cut(read) ?? read, allowsUnconfined: false, cancellationToken);
        if (canBeKept && prepared.IsSuccess && prepared.Value.Pipeline.Steps.All(step => step is NoopStep)) kept[key] = prepared.Value;
        return prepared;
    }

    /// <summary>A run is done by the plugins with which it began.</summary>
    private static Error? FindChanged(RunState state, PreparedRun prepared)
    {
        var now = prepared.Pins.Select(pin => (pin.Plugin, pin.Digest)).ToHashSet();
        return state.Plugins.FirstOrDefault(pin => !now.Contains((pin.Plugin, pin.Digest))) is { } changed
            ? new Error(ErrorCodes.PluginChanged, $"plugin {changed.Plugin} is not the one with which the run began (sha256 {changed.Digest[..Math.Min(12, changed.Digest.Length)]}…)")
            : null;
    }

    private async Task KeepAsync(Run run, Guid earlier, CancellationToken cancellationToken)
    {
        var known = (await log.ReadRunAsync(earlier, cancellationToken))!;
        foreach (var step in known.State.Steps.Where(step => step.Status == StepStatus.Succeeded))
            run.KeepStep(step.Id, earlier, step.Tally with { Plugins = [] }, step.Output);
    }

    private async Task<RunState> FailAsync(Run run, RunClaim claim, EventContext context, Error error)
    {
        run.Fail(0, error.Code.Id, error.ToString());
        await log.CommitAsync(run, new QueueChange.Finish(claim), context, CancellationToken.None);
        return run.State;
    }
}

/// <summary>What is on record of a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="TraceParent">The trace of whoever wanted it.</param>
public sealed record RecordedRun(Run Run, string TraceParent);
