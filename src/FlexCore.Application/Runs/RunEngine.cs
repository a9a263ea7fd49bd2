using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Drives a run through its steps. Every transition is stored before the next one begins.</summary>
public sealed class RunEngine(IStepRunner steps, IEventLog log, TimeProvider time)
{
    /// <summary>Runs all steps in their order and ends the run.</summary>
    public async Task<RunState> RunAsync(Run run, PipelineDefinition pipeline, ReplayRequest? replay, EventContext context, IRunObserver observer, StopSignal stop)
    {
        var began = time.GetTimestamp();
        await CommitAsync(run, context);
        observer.RunStarted(
            run.State,
            [.. pipeline.Steps.SelectMany(step => (run.State.IsDryRun ? step.DryPlugins : step.Plugins).Select(use => new EffectiveGrant(step.Id, use.Manifest.Name, use.Grant, use.Manifest.Limits.DescribeWider())))]);

        try
        {
            await RunStepsAsync(run, pipeline, replay, context, observer, stop);
        }
        catch (Exception bug) when (bug is not FlexCoreException)
        {
            run.Fail(DurationMs(), ErrorCodes.Bug.Id, $"{bug.GetType().Name}: {bug.Message}");
            await CommitAsync(run, context);
            throw;
        }

        if (stop.Gently.IsCancellationRequested) run.Cancel(DurationMs(), "stopped by a signal");
        else run.Finish(DurationMs());
        await CommitAsync(run, context);
        return run.State;

        long DurationMs() => (long)time.GetElapsedTime(began).TotalMilliseconds;
    }

    private async Task RunStepsAsync(Run run, PipelineDefinition pipeline, ReplayRequest? replay, EventContext context, IRunObserver observer, StopSignal stop)
    {
        var earlier = new List<EarlierStep>();
        foreach (var id in run.State.Steps.Select(step => step.Id).ToList())
        {
            if (stop.Gently.IsCancellationRequested) break;
            var step = pipeline.Steps.Single(candidate => candidate.Id == id);
            var output = await RunStepAsync(run, step, pipeline, replay, earlier, context, observer, stop);
            var ended = run.State.Step(id);
            earlier.Add(new EarlierStep(id, ended.Status, ended.Tally.Records, output));
            observer.StepEnded(ended);
        }
    }

    private async Task<JsonElement?> RunStepAsync(
        Run run, Step step, PipelineDefinition pipeline, ReplayRequest? replay, IReadOnlyList<EarlierStep> earlier, EventContext context, IRunObserver observer, StopSignal stop)
    {
        // What a task does cannot be done as if, so a dry run passes it over and goes on with what needs it.
        var missing = step.Needs.FirstOrDefault(need => run.State.Step(need) is not ({ Status: StepStatus.Succeeded } or { IsPassedOver: true }));
        if (missing is not null || (run.State.IsDryRun && step is TaskStep))
        {
            if (missing is not null) run.SkipStep(step.Id, missing);
            else run.PassOverStep(step.Id);
            await CommitAsync(run, context);
            return null;
        }

        var attempt = run.StartStep(step.Id);
        await CommitAsync(run, context);
        observer.StepStarted(step.Id);

        var request = new StepRequest(run.State.RunId, pipeline, step, attempt, run.State.FullRefresh, [.. earlier], context) { IsDryRun = run.State.IsDryRun, Replay = replay };
        var result = step is NoopStep ? new StepResult(StepTally.Nothing, null, null) : await AttemptAsync(request, observer, stop);
        if (result.Failure is { } failure) run.FailStep(step.Id, result.Tally, failure.Plugin, failure.Outcome, failure.Code, failure.Message);
        else run.SucceedStep(step.Id, result.Tally, result.Output);
        await CommitAsync(run, context);
        return result.Output;
    }

    private async Task<StepResult> AttemptAsync(StepRequest request, IRunObserver observer, StopSignal stop)
    {
        try
        {
            return await steps.RunAsync(request, observer, stop);
        }
        catch (FlexCoreException broken)
        {
            // The step ends with what is known. If the store itself is what broke, recording this will throw in its turn,
            // and the run stays open until the next command finds its owner gone.
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.SandboxFailed, broken.Error.Code.Id, broken.Error.Message), null);
        }
    }

    // Not cancellable: what has happened is recorded, whoever wants to stop.
    private async Task CommitAsync(Run run, EventContext context)
    {
        await log.AppendAsync(EventStreams.Run(run.State.RunId), run.Version, run.Uncommitted, context, CancellationToken.None);
        run.MarkCommitted();
    }
}
