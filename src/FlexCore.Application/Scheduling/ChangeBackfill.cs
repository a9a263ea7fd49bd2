using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Lets a backfill start no further runs for a while.</summary>
/// <param name="BackfillId">The backfill.</param>
/// <param name="Reason">For those who wonder later.</param>
public sealed record PauseBackfill(Guid BackfillId, string? Reason) : ICommand<Backfill>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfBackfill(BackfillId);
}

/// <summary>Lets a backfill go on.</summary>
/// <param name="BackfillId">The backfill.</param>
public sealed record ResumeBackfill(Guid BackfillId) : ICommand<Backfill>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfBackfill(BackfillId);
}

/// <summary>Ends a backfill, and cancels those of its runs that wait or are under way.</summary>
/// <param name="BackfillId">The backfill.</param>
/// <param name="Reason">For those who wonder later.</param>
public sealed record CancelBackfill(Guid BackfillId, string Reason) : ICommand<Backfill>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => new Reach.OfBackfill(BackfillId);
}

/// <summary>Changes what becomes of backfills.</summary>
public sealed class ChangeBackfill(IEventLog log, BackfillRuns runs) : IHandler<PauseBackfill, Backfill>, IHandler<ResumeBackfill, Backfill>, IHandler<CancelBackfill, Backfill>
{
    /// <inheritdoc/>
    public Task<Result<Backfill>> HandleAsync(PauseBackfill request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.BackfillId, backfill => backfill.Pause(request.Reason), caller, cancellationToken);

    /// <inheritdoc/>
    public Task<Result<Backfill>> HandleAsync(ResumeBackfill request, Caller caller, CancellationToken cancellationToken) =>
        ChangeAsync(request.BackfillId, backfill => backfill.Resume(), caller, cancellationToken);

    /// <inheritdoc/>
    public async Task<Result<Backfill>> HandleAsync(CancelBackfill request, Caller caller, CancellationToken cancellationToken)
    {
        var cancelled = await ChangeAsync(request.BackfillId, backfill => backfill.Cancel(request.Reason), caller, cancellationToken);
        if (cancelled.IsSuccess) await runs.CancelAllAsync(cancelled.Value, cancellationToken);
        return cancelled;
    }

    private async Task<Result<Backfill>> ChangeAsync(Guid id, Func<Backfill, Result<IDomainEvent[]>> decide, Caller caller, CancellationToken cancellationToken)
    {
        var (known, stored) = await log.ReadBackfillAsync(id, cancellationToken);
        var decided = decide(known);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        if (decided.Value.Length == 0) return known;
        await log.AppendAsync(EventStreams.Backfill(id), stored, decided.Value, EventContext.New(id).By(caller), cancellationToken);
        return decided.Value.Aggregate(known, (backfill, @event) => backfill.Apply(@event));
    }
}

/// <summary>Reads what is on record of a backfill.</summary>
internal static class RecordedBackfills
{
    /// <summary>Folds its event stream, and says how many events it has.</summary>
    public static async Task<(Backfill Known, long Version)> ReadBackfillAsync(this IEventLog log, Guid id, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Backfill(id), cancellationToken);
        return (Backfill.From(history.Select(fact => fact.Event)), history.Count);
    }
}
