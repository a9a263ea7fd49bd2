using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Runs;

/// <summary>Runs in the queue, waiting or at a node, that fit a condition; oldest first.</summary>
/// <param name="Where">In the language of <c>where</c> (docs/reference/map.md), over <see cref="FindQueuedRunsHandler.Fields"/>.</param>
public sealed record FindQueuedRuns(string Where) : IQuery<IReadOnlyList<QueuedRun>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Scope;
}

/// <summary>Finds them.</summary>
/// <param name="queue">Where they are.</param>
/// <param name="compile">Makes a condition of a text that may name these fields.</param>
/// <param name="time">The clock.</param>
public sealed class FindQueuedRunsHandler(IRunQueue queue, Func<string, IReadOnlyList<string>, Result<Func<JsonObject, bool>>> compile, TimeProvider time) : IHandler<FindQueuedRuns, IReadOnlyList<QueuedRun>>
{
    /// <summary>What a condition may name: age is the time in the queue, in seconds; status is <c>queued</c> or <c>running</c>; node is null of a run that waits.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["pipeline", "status", "age", "priority", "key", "node", "run_id"];

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<QueuedRun>>> HandleAsync(FindQueuedRuns request, Caller caller, CancellationToken cancellationToken)
    {
        var condition = compile(request.Where, Fields);
        if (!condition.IsSuccess) return condition.Errors.ToArray();
        var now = time.GetUtcNow();
        return (await queue.ListAsync(pipeline: null, int.MaxValue, cancellationToken)).Where(run => caller.MaySee(run.Entry.Pipeline) && condition.Value(Row(run, now))).ToArray();
    }

    private static JsonObject Row(QueuedRun run, DateTimeOffset now) => new()
    {
        ["pipeline"] = run.Entry.Pipeline,
        ["status"] = run.Claim is null ? "queued" : "running",
        ["age"] = (long)(now - run.EnqueuedAt).TotalSeconds,
        ["priority"] = run.Entry.Priority,
        ["key"] = run.Entry.Key,
        ["node"] = run.Claim?.Node,
        ["run_id"] = run.Entry.RunId.ToString(),
    };
}
