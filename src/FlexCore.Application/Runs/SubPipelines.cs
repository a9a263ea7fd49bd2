using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>
/// Runs the pipelines that steps of others run: on a node through the queue, by any node, else in this process. Which run it is was decided before (<see cref="SubRunStarted"/>); who comes
/// back to it, after a crash or elsewhere, finds it and waits for its end.
/// </summary>
/// <param name="log">Where runs are.</param>
/// <param name="runIn">What runs the pipeline of a file in this process.</param>
/// <param name="time">The clock.</param>
public sealed class SubPipelines(IEventLog log, Func<string, RunPipeline> runIn, TimeProvider time)
{
    private const int MostOutputBytes = 1024 * 1024;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // As long as a node may be silent before its runs are others', and some time to end the processes.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(60);

    /// <summary>Takes the run of the other pipeline to its end.</summary>
    /// <param name="step">The step.</param>
    /// <param name="request">The attempt.</param>
    /// <param name="parent">Its run.</param>
    /// <param name="observer">Whom to tell.</param>
    /// <param name="until">Gives it up.</param>
    /// <param name="isLeft">Whether it is given up only because others go on with the parent: then the run of the other pipeline goes on too.</param>
    public async Task<StepResult> RunAsync(SubPipelineStep step, StepRequest request, RunState parent, IRunObserver observer, StopSignal until, Func<bool> isLeft)
    {
        var id = parent.Step(step.Id).SubRun!.Value;
        try
        {
            if (await log.ReadLastAsync(EventStreams.Run(id), until.Gently) is null && await StartAsync(step, request, parent, id, observer, until) is { } refused)
                return Failed(PluginOutcome.SandboxFailed, refused.Code.Id, refused.Message);
            await WaitAsync(id, until.Gently);
        }
        catch (OperationCanceledException) when (until.Gently.IsCancellationRequested)
        {
            if (!isLeft()) await StopAsync(id, $"run {parent.RunId} has stopped its step {step.Id}", until.AtOnce);
            return Failed(PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal");
        }

        return Describe((await log.ReadRunAsync(id, CancellationToken.None))!.State, observer);
    }

    /// <summary>Cancels what the steps of a run have under way that is to end.</summary>
    public async Task CancelOpenAsync(RunState parent)
    {
        foreach (var open in parent.Steps.Where(step => step is { IsEnded: false, SubRun: not null }))
            await CancelAsync(open.SubRun!.Value, $"run {parent.RunId}, of which it is a part, was cancelled");
    }

    /// <returns>Why it cannot be.</returns>
    private async Task<Error?> StartAsync(SubPipelineStep step, StepRequest request, RunState parent, Guid id, IRunObserver observer, StopSignal until)
    {
        if (await RefuseLineageAsync(step, parent, until.Gently) is { } refused) return refused;
        var (pipeline, _) = await log.ReadPipelineAsync(step.Pipeline, until.Gently);
        if (pipeline.Current is not { } current) return SubPipelineGraph.Unknown(step);
        if (pipeline.RefuseToStart(byTrigger: false) is { } notNow) return notNow;
        var (set, trigger, again) = (step.Vars(parent), RunTrigger.OfStep(parent, step.Id), await FindFailedAsync(step, parent, until.Gently));
        if (parent.Node is null)
        {
            var command = new RunPipelineCommand(new PipelineRequest(current.File, set, GrantAll: false) { Recorded = current.Definition, Trigger = trigger }, parent.FullRefresh, parent.IsDryRun, AllowsUnconfined: parent.Isolation.Level == IsolationLevel.None)
            {
                RunId = id,
            };
            return await RunHereAsync(runIn(current.File), command, new SubRunObserver(step.Id, observer), until);
        }

        var version = again is null ? current : pipeline.Versions[again.PipelineVersion - 1];
        var queued = new PipelineQueued(id, pipeline.Name, version.Number, version.Hash, trigger, set, parent.FullRefresh, version.Rules.Priority, again?.RunId, KeepsSucceeded: again is not null);
        try
        {
            var result = await log.QueueAsync(queued, version, EventContext.New(id) with { CausationId = parent.RunId.ToString(), TraceParent = request.Context.TraceParent }, until.Gently);
            return result.IsSuccess ? null : result.Errors[0];
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
        {
            // A node that has lost the parent meanwhile was quicker: it is there.
            return null;
        }
    }

    // Another one of the same pipeline is under way: this one waits its turn, as it would in the queue.
    private async Task<Error?> RunHereAsync(RunPipeline pipeline, RunPipelineCommand command, SubRunObserver observer, StopSignal until)
    {
        while (true)
        {
            try
            {
                var ended = await pipeline.HandleAsync(command, observer, until);
                if (ended.IsSuccess) return null;
                if (ended.Errors[0].Code != ErrorCodes.PipelineAlreadyRunning) return ended.Errors[0];
            }
            catch (FlexCoreException lost) when (lost.IsOfLostHold)
            {
                // That of the other run, not of this one.
                return lost.Error;
            }

            await Task.Delay(LongestPause, time, until.Gently);
        }
    }

    /// <summary>What validation has seen may have been revised since: who runs within whom is on record.</summary>
    private async Task<Error?> RefuseLineageAsync(SubPipelineStep step, RunState parent, CancellationToken cancellationToken)
    {
        List<string> lineage = [step.Pipeline, parent.Pipeline];
        for (var run = parent; run.Trigger.Parent is { } above && lineage.Count <= SubPipelineStep.MostLevels; lineage.Add(run.Pipeline)) run = (await log.ReadRunAsync(above, cancellationToken))!.State;
        lineage.Reverse();
        return lineage.Count > SubPipelineStep.MostLevels || lineage.IndexOf(step.Pipeline) < lineage.Count - 1 ? SubPipelineGraph.Refuse(step, lineage) : null;
    }

    /// <summary>The run that the step has made in the run that this one runs again, if it is to be gone on with from where it has failed.</summary>
    private async Task<RunState?> FindFailedAsync(SubPipelineStep step, RunState parent, CancellationToken cancellationToken)
    {
        if (parent is not { RetryOf: { } earlier, KeepsSucceeded: true } || await log.ReadRunAsync(earlier, cancellationToken) is not { State: var before }) return null;
        return before.Steps.Find(other => other.Id == step.Id)?.SubRun is { } id && await log.ReadRunAsync(id, cancellationToken) is { State: { IsEnded: true, Status: not RunStatus.Succeeded } failed } && failed.Pipeline == step.Pipeline ? failed : null;
    }

    // Many wait long, and few need to know at once: who waits long looks seldom.
    private async Task WaitAsync(Guid id, CancellationToken cancellationToken)
    {
        for (var pause = ShortestPause; !await HasEndedAsync(id, cancellationToken); pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, LongestPause.Ticks)))
            await Task.Delay(pause, time, cancellationToken);
    }

    private async Task<bool> HasEndedAsync(Guid id, CancellationToken cancellationToken) =>
        await log.ReadLastAsync(EventStreams.Run(id), cancellationToken) is { Event: PipelineCompleted or PipelineFailed or PipelineCancelled or PipelineInterrupted };

    /// <summary>Has it cancelled, and waits for its processes to end; not for ever.</summary>
    private async Task StopAsync(Guid id, string reason, CancellationToken atOnce)
    {
        if (!await CancelAsync(id, reason)) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(atOnce);
        patience.CancelAfter(LongestStop);
        try
        {
            await WaitAsync(id, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // That it is to end is on record.
        }
    }

    /// <returns>Whether there is something to wait for.</returns>
    private async Task<bool> CancelAsync(Guid id, string reason) => (await new CancelRunHandler(log).HandleAsync(new CancelRun(id, reason), Scheduling.DueRuns.Scheduler, CancellationToken.None)).IsSuccess;

    private static StepResult Describe(RunState run, IRunObserver observer)
    {
        if (run.Status == RunStatus.Succeeded) return new StepResult(StepTally.Nothing, Failure: null, Output(run, observer));
        var how = $"run {run.RunId} of {run.Pipeline} {(run.Status == RunStatus.Failed ? "has failed" : $"was {run.Status.ToString().ToLowerInvariant()}")}{(run.Reason is { } reason ? $": {reason}" : "")}";
        var outcome = run.Status == RunStatus.Cancelled ? PluginOutcome.Cancelled : run.Steps.Find(step => step.Status == StepStatus.Failed)?.Outcome ?? PluginOutcome.SandboxFailed;
        return Failed(outcome, ErrorCodes.SubRunFailed.Id, how);
    }

    /// <summary>What later steps may refer to: what its tasks have left, and how many records its syncs have moved.</summary>
    private static JsonElement Output(RunState run, IRunObserver observer)
    {
        var records = run.Steps.SelectMany(step => step.Tally.Records).GroupBy(stream => stream.Key, StringComparer.Ordinal);
        var output = new JsonObject
        {
            ["run_id"] = run.RunId.ToString(),
            ["records"] = new JsonObject(records.Select(stream => KeyValuePair.Create<string, JsonNode?>(stream.Key, stream.Sum(count => count.Value)))),
        };
        var steps = new JsonObject(run.Steps.Where(step => step.Output is not null).Select(step => KeyValuePair.Create<string, JsonNode?>(step.Id, JsonObject.Create(step.Output!.Value))));
        if (run.Steps.Sum(step => (long)(step.Output is { } left ? left.GetRawText().Length : 0)) <= MostOutputBytes) output["steps"] = steps;
        else observer.Warning($"what the steps of run {run.RunId} have left is more than {MostOutputBytes / 1024 / 1024} MiB together, and is left out of the output of its step");
        return JsonElement.Parse(output.ToJsonString());
    }

    private static StepResult Failed(PluginOutcome outcome, string code, string message) => new(StepTally.Nothing, new StepFailure(null, outcome, code, message), Output: null);

    /// <summary>Tells of a run within a run: its steps are <c>STEP/THEIRS</c>.</summary>
    private sealed class SubRunObserver(string step, IRunObserver observer) : IRunObserver
    {
        public void Warning(string message) => observer.Warning($"{step}: {message}");

        public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => observer.RunStarted(run, [.. grants.Select(grant => grant with { Step = Name(grant.Step) })]);

        public void StepStarted(string inner) => observer.StepStarted(Name(inner));

        public void StepProgressed(StepProgress progress) => observer.StepProgressed(progress with { Step = Name(progress.Step) });

        public void PluginLogged(LogLine line) => observer.PluginLogged(line with { Step = Name(line.Step) });

        public void StepEnded(StepState ended) => observer.StepEnded(ended with { Id = Name(ended.Id) });

        private string Name(string inner) => $"{step}/{inner}";
    }
}
