using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>A row for each pipeline. How its newest run fares stands in the history of runs.</summary>
internal sealed class PipelineStatusProjection() : DomainProjection(
    Table, version: 2, "name TEXT PRIMARY KEY, version INT NOT NULL, lifecycle TEXT NOT NULL, runs BIGINT NOT NULL, failures BIGINT NOT NULL, last_run TEXT")
{
    public const string Table = "pipeline_status";

    protected override ValueTask ApplyAsync(Fold fold) => fold.Event switch
    {
        PipelineCreated => fold.ExecuteAsync(
            $"INSERT INTO {fold.Table} VALUES (@name, 1, @lifecycle, 0, 0, NULL)", ("name", fold.Id), ("lifecycle", nameof(PipelineLifecycle.Created))),
        PipelineRevised => fold.ExecuteAsync($"UPDATE {fold.Table} SET version = version + 1 WHERE name = @name", ("name", fold.Id)),
        PipelineActivated => BecomeAsync(fold, PipelineLifecycle.Active),
        PipelinePaused => BecomeAsync(fold, PipelineLifecycle.Paused),
        PipelineArchived => BecomeAsync(fold, PipelineLifecycle.Archived),
        PipelineStarted started => fold.ExecuteAsync($"UPDATE {fold.Table} SET runs = runs + 1, last_run = @run WHERE name = @name", ("name", started.Pipeline), ("run", fold.Id)),
        PipelineFailed or PipelineInterrupted => fold.ExecuteAsync($"UPDATE {fold.Table} SET failures = failures + 1 WHERE last_run = @run", ("run", fold.Id)),
        _ => ValueTask.CompletedTask,
    };

    private static ValueTask BecomeAsync(Fold fold, PipelineLifecycle lifecycle) =>
        fold.ExecuteAsync($"UPDATE {fold.Table} SET lifecycle = @lifecycle WHERE name = @name", ("name", fold.Id), ("lifecycle", lifecycle.ToString()));
}
