using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Ends a run that waits, and asks the owner of one that has begun to end it. Either is durable when this is answered.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Reason">For those who wonder later.</param>
public sealed record CancelRun(Guid RunId, string Reason) : ICommand<RunState>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfRuns(RunId);
}

/// <summary>Cancels runs.</summary>
public sealed class CancelRunHandler(IEventLog log) : IHandler<CancelRun, RunState>
{
    /// <inheritdoc/>
    public async Task<Result<RunState>> HandleAsync(CancelRun request, Caller caller, CancellationToken cancellationToken)
    {
        if (await log.ReadRunAsync(request.RunId, cancellationToken) is not { } run) return RunHistory.Unknown(request.RunId.ToString());
        if (run.State.Status != RunStatus.Queued) return await AskAllToStopAsync(run);
        try
        {
            return await AskToStopAsync(run, isOwned: false);
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.RunNotWithdrawable)
        {
            // A node has just taken it.
            return await AskAllToStopAsync((await log.ReadRunAsync(request.RunId, cancellationToken))!);
        }

        async Task<Result<RunState>> AskAllToStopAsync(Run run)
        {
            var asked = await AskToStopAsync(run, isOwned: true);

            // The pipelines that it runs end too, whatever becomes of its node. One that has ended, or is not there yet, needs no end.
            foreach (var within in run.State.Steps.Where(step => step is { IsEnded: false, SubRun: not null }))
                await HandleAsync(new CancelRun(within.SubRun!.Value, $"run {request.RunId}, of which it is a part, was cancelled: {request.Reason}"), caller, cancellationToken);
            return asked;
        }

        async Task<Result<RunState>> AskToStopAsync(Run run, bool isOwned)
        {
            if (run.AskToStop(request.Reason, isOwned) is { } refused) return refused;
            if (run.Uncommitted.Count == 0) return run.State;

            // A run of a command line is not in the queue: its process watches its events.
            QueueChange change = isOwned ? new QueueChange.AskToStop(request.RunId) : new QueueChange.Withdraw(request.RunId);
            await log.CommitAsync(run, change, EventContext.New(request.RunId).By(caller), cancellationToken);
            return run.State;
        }
    }
}
