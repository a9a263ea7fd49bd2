using FlexCore.Domain;
using FlexCore.Domain.Runs;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>A row for each run.</summary>
internal sealed class ExecutionHistoryProjection() : DomainProjection(
    Table,
    version: 2,
    """
    run_id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, status TEXT NOT NULL, started_at BIGINT NOT NULL, duration_ms BIGINT,
    records BIGINT NOT NULL, dead_letters BIGINT NOT NULL, is_dry_run INT NOT NULL, replays INT
    """)
{
    public const string Table = "execution_history";

    public override LogFilter Filter { get; } = new(EventStreams.RunCategory);

    protected override ValueTask ApplyAsync(Fold fold) => fold.Event switch
    {
        PipelineQueued queued => InsertAsync(fold, queued.Pipeline, RunStatus.Queued, isDryRun: false, replays: null),
        PipelineStarted started => InsertAsync(fold, started.Pipeline, RunStatus.Running, started.IsDryRun, started.Replays),
        StepSucceeded step => CountAsync(fold, step.Tally),
        StepFailed step => CountAsync(fold, step.Tally),
        PipelineCompleted end => EndAsync(fold, RunStatus.Succeeded, end.DurationMs),
        PipelineFailed end => EndAsync(fold, RunStatus.Failed, end.DurationMs),
        PipelineCancelled end => EndAsync(fold, RunStatus.Cancelled, end.DurationMs),
        PipelineInterrupted => EndAsync(fold, RunStatus.Interrupted, null),
        _ => ValueTask.CompletedTask,
    };

    // One that has waited begins when it starts.
    private static ValueTask InsertAsync(Fold fold, string pipeline, RunStatus status, bool isDryRun, int? replays) => fold.ExecuteAsync(
        $"""
        INSERT INTO {fold.Table} VALUES (@run, @pipeline, @status, @at, NULL, 0, 0, @dry, @replays)
        ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, started_at = excluded.started_at
        """,
        ("run", fold.Id), ("pipeline", pipeline), ("status", status.ToString()), ("at", fold.At), ("dry", isDryRun ? 1 : 0), ("replays", replays));

    private static ValueTask CountAsync(Fold fold, StepTally tally) => fold.ExecuteAsync(
        $"UPDATE {fold.Table} SET records = records + @records, dead_letters = dead_letters + @dead WHERE run_id = @run",
        ("run", fold.Id), ("records", tally.Records.Values.Sum()), ("dead", tally.CountDead()));

    private static ValueTask EndAsync(Fold fold, RunStatus status, long? durationMs) => fold.ExecuteAsync(
        $"UPDATE {fold.Table} SET status = @status, duration_ms = @duration WHERE run_id = @run", ("run", fold.Id), ("status", status.ToString()), ("duration", durationMs));
}
