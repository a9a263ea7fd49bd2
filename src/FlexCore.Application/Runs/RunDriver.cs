using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>
/// Drives one run through its graph: as many steps at once as may be, each when those that it needs have ended. One flow of control decides, and what becomes known together
/// is stored together.
/// </summary>
internal sealed class RunDriver(
    Run run, PipelineDefinition pipeline, ReplayRequest? replay, EventContext context, IRunObserver observer, StopSignal stop, IStepRunner runner, Func<Task> commit, TimeProvider time)
{
    private readonly Dictionary<string, Step> _steps = pipeline.Steps.ToDictionary(step => step.Id, StringComparer.Ordinal);

    // Attempts, and pauses before the next one. Each completes with what is then to be decided.
    private readonly List<Task<Action>> _underWay = [];
    private readonly HashSet<string> _rested = new(StringComparer.Ordinal);

    // For the observer, once it is stored.
    private readonly List<Action> _news = [];

    /// <summary>Runs all steps that can run. When somebody wishes to stop, no other one begins.</summary>
    public async Task DriveAsync()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop.Gently);
        try
        {
            while (true)
            {
                var begun = stop.Gently.IsCancellationRequested ? [] : Advance();
                await commit();
                foreach (var tell in _news) tell();
                _news.Clear();
                _underWay.AddRange(begun.Select(step => AttemptAsync(step, stop with { Gently = leaving.Token })));
                if (_underWay.Count == 0) return;
                await DecideAsync();
            }
        }
        finally
        {
            // Something broke here: what still runs is ended, and not left behind.
            await leaving.CancelAsync();
            await ((Task)Task.WhenAll(_underWay)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits until something has ended, and decides on all that has.</summary>
    private async Task DecideAsync()
    {
        await Task.WhenAny(_underWay);
        foreach (var ended in _underWay.FindAll(task => task.IsCompleted))
        {
            _underWay.Remove(ended);
            var decide = await ended;
            decide();
        }
    }

    /// <summary>Decides all that follows from how the steps are now.</summary>
    /// <returns>The steps that are to begin.</returns>
    private List<Step> Advance()
    {
        var begun = new List<Step>();
        var free = pipeline.Parallel - run.State.Steps.Count(step => step.Status == StepStatus.Running);
        var order = run.State.Steps.ConvertAll(step => _steps[step.Id]);

        // Each comes after all that it needs, so once is enough.
        foreach (var step in order)
        {
            var status = run.State.Step(step.Id).Status;
            if (status == StepStatus.Retrying && free > 0 && _rested.Remove(step.Id)) Begin(step);
            if (status != StepStatus.Pending) continue;
            var (readiness, because) = run.State.ReadinessOf(step);
            if (readiness == StepReadiness.LeftOut) run.SkipStep(step.Id, because);
            else if (readiness == StepReadiness.Waits) continue;
            else if (run.State.IsDryRun && step is TaskStep) run.PassOverStep(step.Id); // What a task does cannot be done as if.
            else if (step is NoopStep) DoNothing(step);
            else if (free > 0) Begin(step);
            TellIfEnded(step);
        }

        return begun;

        void Begin(Step step)
        {
            Start(step);
            begun.Add(step);
            free--;
        }
    }

    private void Start(Step step)
    {
        run.StartStep(step.Id);
        _news.Add(() => observer.StepStarted(step.Id));
    }

    private void DoNothing(Step step)
    {
        Start(step);
        run.SucceedStep(step.Id, StepTally.Nothing, output: null);
    }

    private void TellIfEnded(Step step)
    {
        if (run.State.Step(step.Id) is { IsEnded: true } state) _news.Add(() => observer.StepEnded(state));
    }

    private async Task<Action> AttemptAsync(Step step, StopSignal until)
    {
        var attempt = run.State.Step(step.Id).Attempts;
        var earlier = run.State.Steps.Where(done => done.IsEnded).Select(done => new EarlierStep(done.Id, done.Status, done.Tally.Records, done.Output));
        var request = new StepRequest(run.State.RunId, pipeline, step, attempt, run.State.FullRefresh, [.. earlier], context) { IsDryRun = run.State.IsDryRun, Replay = replay };
        var result = await RunAsync(request, until);
        return () => End(step, attempt, result);
    }

    private void End(Step step, int attempt, StepResult result)
    {
        if (result.Failure is not { } failure)
        {
            run.SucceedStep(step.Id, result.Tally, result.Output);
            TellIfEnded(step);
            return;
        }

        run.FailStep(step.Id, result.Tally, failure.Plugin, failure.Outcome, failure.Code, failure.Message);
        if (!stop.Gently.IsCancellationRequested && step.Retry.DelayAfter(attempt, failure.Outcome, Random.Shared.NextDouble()) is { } delay)
        {
            run.ScheduleRetry(step.Id, delay);
            _underWay.Add(RestAsync(step, delay));
            _news.Add(() => observer.Warning($"step {step.Id} failed: {failure.Message}; attempt {attempt + 1} of {step.Retry.Attempts} in {delay.TotalSeconds:0.#} s"));
        }

        TellIfEnded(step);
    }

    private async Task<Action> RestAsync(Step step, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, time, stop.Gently);
        }
        catch (OperationCanceledException)
        {
            // Nothing begins any more.
        }

        return () => _rested.Add(step.Id);
    }

    private async Task<StepResult> RunAsync(StepRequest request, StopSignal until)
    {
        if (request.Step.Timeout is not { } limit) return await RunToItsEndAsync(request, until);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(until.Gently, late.Token);
        var result = await RunToItsEndAsync(request, until with { Gently = either.Token });
        return result.Failure is { Outcome: PluginOutcome.Cancelled } failure && late.IsCancellationRequested && !until.Gently.IsCancellationRequested
            ? result with { Failure = failure with { Outcome = PluginOutcome.Timeout, Code = ErrorCodes.StepTimeout.Id, Message = $"it took longer than its timeout of {limit.TotalSeconds:0.###} s" } }
            : result;
    }

    private async Task<StepResult> RunToItsEndAsync(StepRequest request, StopSignal until)
    {
        try
        {
            return await runner.RunAsync(request, observer, until);
        }
        catch (FlexCoreException broken)
        {
            // The step ends with what is known. If the store itself is what broke, recording this will throw in its turn,
            // and the run stays open until the next command finds its owner gone.
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.SandboxFailed, broken.Error.Code.Id, broken.Error.Message), null);
        }
    }
}
