using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Runs, newest first.</summary>
/// <param name="Filter">Which.</param>
public sealed record GetExecutionHistory(RunFilter Filter) : IQuery<IReadOnlyList<ExecutionHistory>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(Filter.Pipeline);
}

/// <summary>Lists runs; those whose process is gone are ended first.</summary>
public sealed class GetExecutionHistoryHandler(IReadModels views, IEventLog log, PipelineLocks locks) : IHandler<GetExecutionHistory, IReadOnlyList<ExecutionHistory>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<ExecutionHistory>>> HandleAsync(GetExecutionHistory request, Caller caller, CancellationToken cancellationToken)
    {
        var runs = new List<ExecutionHistory>();
        foreach (var run in await views.ListRunsAsync(request.Filter with { Scope = caller.Scope }, cancellationToken))
            runs.Add(run.Status == RunStatus.Running ? run with { Status = await SettleAsync(run.RunId, cancellationToken) } : run);
        return runs.ToArray();
    }

    private async Task<RunStatus> SettleAsync(Guid runId, CancellationToken cancellationToken) =>
        (await locks.SettleAsync((await log.ReadRunAsync(runId, cancellationToken))!.State, "runs list", cancellationToken)).Status;
}
