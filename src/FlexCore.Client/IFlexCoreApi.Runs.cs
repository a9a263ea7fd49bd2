namespace FlexCore.Client;

/// <content>Runs.</content>
public partial interface IFlexCoreApi
{
    /// <summary>Runs, newest first.</summary>
    /// <param name="pipeline">Only those of this pipeline.</param>
    /// <param name="status">Only those that are there.</param>
    /// <param name="since">Only those that have begun then or later.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    IAsyncEnumerable<RunListItem> ListRunsAsync(string? pipeline = null, string? status = null, DateTimeOffset? since = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>A run, by its id, the beginning or end of it, or <c>latest</c>.</summary>
    Task<Run> GetRunAsync(string run, CancellationToken cancellationToken = default);

    /// <summary>Queues a run of a pipeline.</summary>
    /// <param name="request">The wish.</param>
    /// <param name="idempotencyKey">1 to 255 printable characters of ASCII: asked again with it, a server answers with the same run. Null where it does not matter.</param>
    /// <param name="cancellationToken">Gives it up; the run may be queued all the same.</param>
    Task<AcceptedRun> StartRunAsync(StartRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>Ends a run that waits, and asks the node of one that has begun to end it.</summary>
    Task<CancelledRun> CancelRunAsync(Guid run, CancelRun request, CancellationToken cancellationToken = default);

    /// <summary>Queues a run again.</summary>
    /// <param name="run">The run.</param>
    /// <param name="request">The wish.</param>
    /// <param name="idempotencyKey">As for <see cref="StartRunAsync"/>.</param>
    /// <param name="cancellationToken">Gives it up; the run may be queued all the same.</param>
    Task<AcceptedRun> RetryRunAsync(Guid run, RetryRun request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>What the plugins of a run said, oldest first.</summary>
    IAsyncEnumerable<RunLogLine> ReadRunLogAsync(Guid run, CancellationToken cancellationToken = default);

    /// <summary>The files that the steps of a run have left.</summary>
    IAsyncEnumerable<RunArtifact> ListArtifactsAsync(Guid run, CancellationToken cancellationToken = default);

    /// <summary>Writes one of them into a file. Whoever needs to know that it is what was left compares its SHA-256 with that of <see cref="ListArtifactsAsync"/>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The step.</param>
    /// <param name="name">Its name in the step.</param>
    /// <param name="file">What is written to; it stays open.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task ReadArtifactAsync(Guid run, string step, string name, Stream file, CancellationToken cancellationToken = default);

    /// <summary>What is told of a run while it happens, to its end. To stop listening leaves the run as it is.</summary>
    IAsyncEnumerable<RunNews> FollowRunAsync(Guid run, CancellationToken cancellationToken = default);

    /// <summary>What is not the same in two runs, named as in <see cref="GetRunAsync"/>.</summary>
    Task<RunComparison> CompareRunsAsync(string run, string other, CancellationToken cancellationToken = default);

    /// <summary>The runs in the queue, waiting or at a node, that fit a condition; oldest first.</summary>
    /// <param name="where">Over <c>pipeline</c>, <c>status</c>, <c>age</c> in seconds, <c>priority</c>, <c>key</c>, <c>node</c> and <c>run_id</c>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    IAsyncEnumerable<QueuedRun> ListQueueAsync(string where, CancellationToken cancellationToken = default);

    /// <summary>What all runs have done together.</summary>
    Task<SystemTotals> GetTotalsAsync(CancellationToken cancellationToken = default);
}
