using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Follows a run that any process has, to its end: what has happened comes from the log, and the numbers between from whoever has the run. To give it up leaves the run as it is.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Observer">Told of everything that has happened and happens.</param>
public sealed record WatchRun(Guid RunId, IRunObserver Observer) : IQuery<RunState>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Follows runs.</summary>
public sealed class WatchRunHandler(IEventLog log, IRunProgress progress, PipelineLocks locks, TimeProvider time) : IHandler<WatchRun, RunState>
{
    /// <summary>How often it is looked whether the run's process is there at all.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>A busy log is not read for each of its events.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public async Task<Result<RunState>> HandleAsync(WatchRun request, Caller caller, CancellationToken cancellationToken)
    {
        if (await log.ReadLastAsync(EventStreams.Run(request.RunId), cancellationToken) is null) return RunHistory.Unknown(request.RunId.ToString());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hearing = HearAsync(request.RunId, request.Observer, ended.Token);
        try
        {
            return await FollowAsync(request.RunId, request.Observer, cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await hearing;
        }
    }

    private async Task<RunState> FollowAsync(Guid runId, IRunObserver observer, CancellationToken cancellationToken)
    {
        var (state, seen, settled) = (RunState.Empty, 0, time.GetTimestamp());
        while (true)
        {
            var position = await log.WaitForEventsAsync(after: 0, cancellationToken);
            var history = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);
            foreach (var fact in history.Skip(seen))
            {
                state = state.Apply(fact.Event);
                Tell(state, fact.Event, observer);
            }

            seen = history.Count;
            if (state.IsEnded) return state;
            if (time.GetElapsedTime(settled) >= LongestWait)
            {
                await locks.SettleAsync(state, "runs watch", cancellationToken);
                settled = time.GetTimestamp();
            }

            await Task.Delay(ShortestWait, time, cancellationToken);
            await WaitAsync(position, cancellationToken);
        }
    }

    private async Task WaitAsync(long position, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await log.WaitForEventsAsync(position, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private static void Tell(RunState state, IDomainEvent happened, IRunObserver observer)
    {
        switch (happened)
        {
            case PipelineStarted:
                observer.RunStarted(state, []);
                break;
            case RunResumed resumed:
                observer.Warning($"node {resumed.Node} goes on with the run");
                break;
            case StepStarted step:
                observer.StepStarted(step.Step);
                break;
            case StepSucceeded step:
                observer.StepEnded(state.Step(step.Step));
                break;
            case StepFailed step:
                observer.StepEnded(state.Step(step.Step));
                break;
            case StepSkipped step:
                observer.StepEnded(state.Step(step.Step));
                break;
        }
    }

    private async Task HearAsync(Guid runId, IRunObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var said in progress.WatchAsync(runId, cancellationToken))
            {
                foreach (var line in said.Lines) observer.PluginLogged(line);
                foreach (var step in said.Steps) observer.StepProgressed(step);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run has ended.
        }
    }
}
