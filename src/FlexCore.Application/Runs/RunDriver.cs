using System.Diagnostics;
using FlexCore.Application.Monitoring;
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
internal sealed class RunDriver(DrivenRun driven, IRunObserver observer, IStepRunner runner, SystemCircuits circuits, SubPipelines subPipelines, Func<Task> commit, TimeProvider time)
{
    // How many steps are set up before their time: each start takes about as long as a short task, on another core.
    private const int Ahead = 2;

    private readonly Run _run = driven.Run;
    private readonly StopSignal _stop = driven.Control.Signal;
    private readonly Dictionary<string, Step> _steps = driven.Pipeline.Steps.ToDictionary(step => step.Id, StringComparer.Ordinal);

    // Attempts, and pauses before the next one. Each completes with what is then to be decided.
    private readonly List<Task<Action>> _underWay = [];
    // By step: what is set up for those that come next.
    private readonly Dictionary<string, PreparedAttempt> _prepared = new(StringComparer.Ordinal);
    // Where the run is taken over, pauses have been long enough.
    private readonly HashSet<string> _rested = [.. driven.Run.State.Steps.Where(step => step.Status == StepStatus.Retrying).Select(step => step.Id)];

    // Whoever gives up now does so because others go on, or because something broke here.
    private bool _isLeaving;

    // For the observer, once it is stored.
    private readonly List<Action> _news = [];

    /// <summary>Runs all steps that can run, then ends the run. When somebody wishes to stop, no other one begins.</summary>
    /// <param name="end">Decides how it has ended.</param>
    public async Task DriveAsync(Func<Task> end)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(_stop.Gently);
        _news.Add(() => observer.RunStarted(_run.State, Grants()));
        try
        {
            while (!driven.Control.IsLeftToOthers)
            {
                var begun = _stop.Gently.IsCancellationRequested ? [] : Advance();
                if (begun.Count + _underWay.Count == 0)
                {
                    await end();
                    driven.Control.Finish();
                }

                await commit();
                foreach (var tell in _news) tell();
                _news.Clear();
                if (_run.State.IsEnded) return;
                _underWay.AddRange(begun.Select(step => AttemptAsync(step, _stop with { Gently = leaving.Token })));
                if (!_stop.Gently.IsCancellationRequested) Prepare();
                await WaitAsync();
                if (!driven.Control.IsLeftToOthers) await DecideAsync();
            }
        }
        finally
        {
            // Something broke here, or others go on: what still runs is ended, and not left behind.
            _isLeaving = !_run.State.IsEnded;
            await leaving.CancelAsync();
            await ((Task)Task.WhenAll(_underWay)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var unused in await Task.WhenAll(_prepared.Values.Select(attempt => attempt.Step)))
            {
                if (unused is not null) await unused.DisposeAsync();
            }
        }
    }

    /// <summary>Has set up what comes next when what runs now ends well. On a dry run, and where dead letters are sent again, little else runs.</summary>
    private void Prepare()
    {
        if (_run.State.IsDryRun || driven.Replay is not null) return;
        foreach (var step in driven.Pipeline.Steps)
        {
            if (_prepared.Count == Ahead) return;
            if (step is TaskStep { Condition: null, When: RunCondition.Success } && !_prepared.ContainsKey(step.Id) && _run.State.Step(step.Id).Status == StepStatus.Pending && step.Needs.All(IsAlmostDone))
                _prepared[step.Id] = PrepareAttempt(step);
        }

        PreparedAttempt PrepareAttempt(Step step)
        {
            var span = RunSpans.CreateStep(step, attempt: 1, driven.Context);
            return new PreparedAttempt(runner.PrepareAsync(Request(step, attempt: 1, span)), span);
        }

        bool IsAlmostDone(string id) => _prepared.ContainsKey(id) || _run.State.Step(id).Status is StepStatus.Running or StepStatus.Succeeded;
    }

    /// <summary>Waits until something has ended. A run that waits only for runs of other pipelines, or for the next attempt of a step, leaves its slot to others.</summary>
    private async Task WaitAsync()
    {
        if (!_run.State.Steps.Where(step => step.Status == StepStatus.Running).All(step => _steps[step.Id] is SubPipelineStep))
        {
            await Task.WhenAny(_underWay);
            return;
        }

        driven.Control.StepAside();
        await Task.WhenAny(_underWay);
        await driven.Control.ComeBackAsync();
    }

    private IReadOnlyList<EffectiveGrant> Grants() =>
        [.. _steps.Values.SelectMany(step => (_run.State.IsDryRun ? step.DryPlugins : step.Plugins).Select(use => new EffectiveGrant(step.Id, use.Manifest.Name, use.Grant, use.Manifest.Limits.DescribeWider())))];

    /// <summary>Decides on all that has ended.</summary>
    private async Task DecideAsync()
    {
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
        var free = driven.Pipeline.Parallel - _run.State.Steps.Count(step => step.Status == StepStatus.Running);
        var order = _run.State.Steps.ConvertAll(step => _steps[step.Id]);

        // Each comes after all that it needs, so once is enough.
        foreach (var step in order)
        {
            var status = _run.State.Step(step.Id).Status;
            if (status == StepStatus.Retrying && free > 0 && _rested.Remove(step.Id)) Begin(step);
            if (status != StepStatus.Pending) continue;
            var (readiness, because) = _run.State.ReadinessOf(step);
            if (readiness == StepReadiness.LeftOut) _run.SkipStep(step.Id, because);
            else if (readiness == StepReadiness.Declined) _run.DeclineStep(step.Id, because!);
            else if (readiness == StepReadiness.Undecided) FailUndecided(step, because!);
            else if (readiness == StepReadiness.Waits) continue;
            else if (_run.State.IsDryRun && step is (TaskStep or BuiltInStep)) _run.PassOverStep(step.Id); // What they do cannot be done as if.
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
        // What a node that is gone has left open is gone on with.
        var isLeftOpen = _run.State.Step(step.Id) is { Status: StepStatus.Pending, SubRun: not null };
        _run.StartStep(step.Id);
        if (step is SubPipelineStep sub && !isLeftOpen) _run.StartSubRun(step.Id, Guid.CreateVersion7(time.GetUtcNow()), sub.Pipeline);
        _news.Add(() => observer.StepStarted(step.Id));
    }

    private void DoNothing(Step step)
    {
        Start(step);
        _run.SucceedStep(step.Id, StepTally.Nothing, output: null, artifacts: []);
    }

    private void FailUndecided(Step step, string why)
    {
        Start(step);
        _run.FailStep(step.Id, StepTally.Nothing, plugin: null, PluginOutcome.Protocol, ErrorCodes.StepConditionUnanswered.Id, why);
    }

    private void TellIfEnded(Step step)
    {
        if (_run.State.Step(step.Id) is { IsEnded: true } state) _news.Add(() => observer.StepEnded(state));
    }

    private async Task<Action> AttemptAsync(Step step, StopSignal until)
    {
        var attempt = _run.State.Step(step.Id).Attempts;
        var ahead = _prepared.Remove(step.Id, out var preparing) ? preparing : null;
        using var span = ahead?.Span ?? RunSpans.CreateStep(step, attempt, driven.Context);
        if (span is not null) Activity.Current = span.SetStartTime(time.GetUtcNow().UtcDateTime);
        var request = Request(step, attempt, span);
        await using var prepared = ahead is null ? null : await ahead.Step;
        var result = await circuits.GuardAsync(request, () => RunAsync(request, prepared, until), observer);
        RunSpans.End(span, result);
        return () => End(step, attempt, result);
    }

    private StepRequest Request(Step step, int attempt, Activity? span) => new(
        _run.State.RunId, driven.Pipeline, step, attempt, _run.State.FullRefresh, EarlierStep.Of(_run.State), span?.Id is { } id ? driven.Context with { TraceParent = id } : driven.Context)
    {
        IsDryRun = _run.State.IsDryRun, Replay = driven.Replay, Hold = driven.Hold, Try = attempt - _run.State.Step(step.Id).LeftOpen, IsLeft = IsLeft, AllowsUnconfined = driven.AllowsUnconfined,
    };

    private void End(Step step, int attempt, StepResult result)
    {
        if (result.Failure is not { } failure)
        {
            _run.SucceedStep(step.Id, result.Tally, result.Output, result.Artifacts);
            TellIfEnded(step);
            return;
        }

        _run.FailStep(step.Id, result.Tally, failure.Plugin, failure.Outcome, failure.Code, failure.Message);
        if (!_stop.Gently.IsCancellationRequested && step.Retry.DelayAfter(attempt, failure.Outcome, Random.Shared.NextDouble()) is { } usual)
        {
            var delay = failure.RetryAfter is { } vain && vain > usual ? vain : usual;
            _run.ScheduleRetry(step.Id, delay);
            _underWay.Add(RestAsync(step, delay));
            _news.Add(() => observer.Warning($"step {step.Id} failed: {failure.Message}; attempt {attempt + 1} of {step.Retry.Attempts} in {delay.TotalSeconds:0.#} s"));
        }

        TellIfEnded(step);
    }

    private async Task<Action> RestAsync(Step step, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, time, _stop.Gently);
        }
        catch (OperationCanceledException)
        {
            // Nothing begins any more.
        }

        return () => _rested.Add(step.Id);
    }

    private async Task<StepResult> RunAsync(StepRequest request, IPreparedStep? prepared, StopSignal until)
    {
        if (request.Step.Timeout is not { } limit) return await RunToItsEndAsync(request, prepared, until);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(until.Gently, late.Token);
        var result = await RunToItsEndAsync(request, prepared, until with { Gently = either.Token });
        return result.Failure is { Outcome: PluginOutcome.Cancelled } failure && late.IsCancellationRequested && !until.Gently.IsCancellationRequested
            ? result with { Failure = failure with { Outcome = PluginOutcome.Timeout, Code = ErrorCodes.StepTimeout.Id, Message = $"it took longer than its timeout of {limit.TotalSeconds:0.###} s" } }
            : result;
    }

    private async Task<StepResult> RunToItsEndAsync(StepRequest request, IPreparedStep? prepared, StopSignal until)
    {
        try
        {
            return request.Step is SubPipelineStep sub
                ? await subPipelines.RunAsync(sub, request, _run.State, observer, until, IsLeft)
                : await (prepared?.RunAsync(request, observer, until) ?? runner.RunAsync(request, observer, until));
        }
        catch (FlexCoreException broken) when (!broken.IsOfLostHold && (driven.Claim is null || !broken.IsOfTheLog))
        {
            // The step ends with what is known. A run of a node is not failed by what is wrong with the log: it is gone on with when the log is back.
            // Elsewhere recording this will throw in its turn, and the run stays open until the next command finds its owner gone.
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.SandboxFailed, broken.Error.Code.Id, broken.Error.Message), null);
        }
    }

    private bool IsLeft() => _isLeaving || driven.Control.IsLeftToOthers;

    /// <summary>What is set up for an attempt that comes next.</summary>
    /// <param name="Step">Becomes it; null where it could not be set up.</param>
    /// <param name="Span">Its span, which its plugins know already.</param>
    private sealed record PreparedAttempt(Task<IPreparedStep?> Step, Activity? Span);
}
