using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
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
}

/// <summary>Cancels runs.</summary>
public sealed class CancelRunHandler(IEventLog log) : IHandler<CancelRun, RunState>
{
    /// <inheritdoc/>
    public async Task<Result<RunState>> HandleAsync(CancelRun request, Caller caller, CancellationToken cancellationToken)
    {
        var stream = EventStreams.Run(request.RunId);
        var history = await log.ReadAsync(stream, cancellationToken);
        if (history.Count == 0) return new Error(ErrorCodes.NotFound, $"there is no run '{request.RunId}'");
        IReadOnlyList<IDomainEvent> events = [.. history.Select(fact => fact.Event)];
        if (Run.From(events).State.Status != RunStatus.Queued) return await AskToStopAsync(isOwned: true);
        try
        {
            return await AskToStopAsync(isOwned: false);
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.RunNotWithdrawable)
        {
            // A node has just taken it.
            return await AskToStopAsync(isOwned: true);
        }

        async Task<Result<RunState>> AskToStopAsync(bool isOwned)
        {
            var run = Run.From(events);
            if (run.AskToStop(request.Reason, isOwned) is { } refused) return refused;
            if (run.Uncommitted.Count == 0) return run.State;

            // A run of a command line is not in the queue: its process watches its events.
            QueueChange change = isOwned ? new QueueChange.AskToStop(request.RunId) : new QueueChange.Withdraw(request.RunId);
            await log.AppendAsync(stream, run.Version, run.Uncommitted, change, EventContext.New(request.RunId).By(caller), cancellationToken);
            return run.State;
        }
    }
}
