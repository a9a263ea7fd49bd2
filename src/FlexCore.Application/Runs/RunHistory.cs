using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Runs in the event log.</summary>
internal static class RunHistory
{
    /// <summary>What is on record of a run; null when there is none of that id.</summary>
    public static async Task<Run?> ReadRunAsync(this IEventLog log, Guid runId, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);
        return history.Count == 0 ? null : Run.From([.. history.Select(fact => fact.Event)]);
    }

    /// <summary>Appends what was decided of a run, and counts it.</summary>
    /// <param name="log">Where to.</param>
    /// <param name="run">The run.</param>
    /// <param name="change">What changes in the queue with it; null for nothing.</param>
    /// <param name="context">What it is written for.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    public static async Task CommitAsync(this IEventLog log, Run run, QueueChange? change, EventContext context, CancellationToken cancellationToken)
    {
        await log.AppendAsync(EventStreams.Run(run.State.RunId), run.Version, run.Uncommitted, change, context, cancellationToken);
        RunMetrics.Count(run.State, run.Uncommitted);
        run.MarkCommitted();
    }

    /// <summary>Says that there is no such run.</summary>
    public static Error Unknown(string id) => new(ErrorCodes.NotFound, $"there is no run '{id}'");
}
