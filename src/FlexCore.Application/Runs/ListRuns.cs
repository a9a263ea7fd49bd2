using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>A run and when it began.</summary>
/// <param name="State">The run.</param>
/// <param name="StartedAt">When it began.</param>
public sealed record RunSummary(RunState State, DateTimeOffset StartedAt);

/// <summary>The newest runs, newest first.</summary>
public sealed class ListRuns(IReadModels views, IEventLog log, InterruptedRuns interruptedRuns)
{
    /// <summary>Lists at most <paramref name="limit"/> runs, of one pipeline or of all.</summary>
    public async Task<IReadOnlyList<ExecutionHistory>> HandleAsync(string? pipeline, int limit, CancellationToken cancellationToken)
    {
        var runs = new List<ExecutionHistory>();
        foreach (var run in await views.ListRunsAsync(pipeline, limit, cancellationToken))
            runs.Add(run.Status == RunStatus.Running ? run with { Status = await SettleAsync(run.RunId, cancellationToken) } : run);
        return runs;
    }

    private async Task<RunStatus> SettleAsync(Guid runId, CancellationToken cancellationToken) =>
        (await FoldAsync(log, interruptedRuns, EventStreams.Run(runId), "runs list", cancellationToken)).State.Status;

    internal static async Task<RunSummary> FoldAsync(
        IEventLog log, InterruptedRuns interruptedRuns, string stream, string noticedBy, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(stream, cancellationToken);
        var state = history.Aggregate(RunState.Empty, (run, fact) => run.Apply(fact.Event));
        return new RunSummary(await interruptedRuns.SettleAsync(state, noticedBy, cancellationToken), history[0].At);
    }
}
