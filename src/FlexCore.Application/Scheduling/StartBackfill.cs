using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Application.Scheduling;

/// <summary>Wants a run for each due time of a range.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="From">The first moment of the range.</param>
/// <param name="To">The first moment behind it.</param>
/// <param name="Parallel">How many of its runs may wait or be under way at once.</param>
public sealed record StartBackfill(string Pipeline, DateTimeOffset From, DateTimeOffset To, int Parallel) : ICommand<Backfill>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Pipeline);
}

/// <summary>Begins backfills; nodes see to them.</summary>
public sealed class StartBackfillHandler(IEventLog log, TimeProvider time) : IHandler<StartBackfill, Backfill>
{
    /// <inheritdoc/>
    public async Task<Result<Backfill>> HandleAsync(StartBackfill request, Caller caller, CancellationToken cancellationToken)
    {
        var (pipeline, _) = await log.ReadPipelineAsync(request.Pipeline, cancellationToken);
        if (pipeline.Current is not { } current) return ShowPipelineHandler.Unknown(request.Pipeline);
        if (pipeline.RefuseToStart(byTrigger: false) is { } refused) return refused;
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var decided = Backfill.Start(new BackfillStarted(id, pipeline.Name, current.Triggers.Schedules, request.From, request.To, request.Parallel));
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        await log.AppendAsync(EventStreams.Backfill(id), 0, [decided.Value], EventContext.New(id).By(caller), cancellationToken);
        return Backfill.From([decided.Value]);
    }
}
