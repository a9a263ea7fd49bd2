using FlexCore.Domain.Integrity;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>
/// A row for each run, until its events have left for the archive. <c>started</c> and <c>ended</c> are the positions at which it did so: what leaves depends on the log alone, and is the same whenever
/// the table is made anew.
/// </summary>
internal sealed class ExecutionHistoryProjection() : DomainProjection(
    Table,
    version: 3,
    """
    run_id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, status TEXT NOT NULL, started_at BIGINT NOT NULL, duration_ms BIGINT,
    records BIGINT NOT NULL, dead_letters BIGINT NOT NULL, is_dry_run INT NOT NULL, replays INT,
    started BIGINT, ended BIGINT
    """)
{
    public const string Table = "execution_history";

    protected override ValueTask ApplyAsync(Fold fold) => fold.Event switch
    {
        PipelineQueued queued => InsertAsync(fold, queued.Pipeline, RunStatus.Queued, started: null, isDryRun: false, queued.Replay?.Letters.Count),
        PipelineStarted started => InsertAsync(fold, started.Pipeline, RunStatus.Running, fold.Recorded.Position, started.IsDryRun, started.Replays),
        StepSucceeded step => CountAsync(fold, step.Tally),
        StepFailed step => CountAsync(fold, step.Tally),
        PipelineCompleted end => EndAsync(fold, RunStatus.Succeeded, end.DurationMs),
        PipelineFailed end => EndAsync(fold, RunStatus.Failed, end.DurationMs),
        PipelineCancelled end => EndAsync(fold, RunStatus.Cancelled, end.DurationMs),
        PipelineInterrupted => EndAsync(fold, RunStatus.Interrupted, null),
        EventsArchived archived => LeaveAsync(fold, archived.LastPosition),
        _ => ValueTask.CompletedTask,
    };

    // One that has waited begins when it starts.
    private static ValueTask InsertAsync(Fold fold, string pipeline, RunStatus status, long? started, bool isDryRun, int? replays) => fold.ExecuteAsync(
        $"""
        INSERT INTO {fold.Table} VALUES (@run, @pipeline, @status, @at, NULL, 0, 0, @dry, @replays, @started, NULL)
        ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, started_at = excluded.started_at, started = excluded.started
        """,
        ("run", fold.Id), ("pipeline", pipeline), ("status", status.ToString()), ("at", fold.At), ("dry", isDryRun ? 1 : 0), ("replays", replays),
        ("started", started));

    private static ValueTask CountAsync(Fold fold, StepTally tally) => fold.ExecuteAsync(
        $"UPDATE {fold.Table} SET records = records + @records, dead_letters = dead_letters + @dead WHERE run_id = @run",
        ("run", fold.Id), ("records", tally.Records.Values.Sum()), ("dead", tally.CountDead()));

    private static ValueTask EndAsync(Fold fold, RunStatus status, long? durationMs) => fold.ExecuteAsync(
        $"UPDATE {fold.Table} SET status = @status, duration_ms = @duration, ended = @at WHERE run_id = @run",
        ("run", fold.Id), ("status", status.ToString()), ("duration", durationMs), ("at", fold.Recorded.Position));

    // Of each pipeline the run stays that ended last, and the one that began last: how a pipeline fares is known however long it rests. No index: parts leave once an hour at most, runs end all the time.
    private static ValueTask LeaveAsync(Fold fold, long lastPosition) => fold.ExecuteAsync(
        $"""
        DELETE FROM {fold.Table} WHERE ended <= @last
            AND ended NOT IN (SELECT MAX(ended) FROM {fold.Table} WHERE ended IS NOT NULL GROUP BY pipeline)
            AND (started IS NULL OR started NOT IN (SELECT MAX(started) FROM {fold.Table} WHERE started IS NOT NULL GROUP BY pipeline))
        """,
        ("last", lastPosition));
}
