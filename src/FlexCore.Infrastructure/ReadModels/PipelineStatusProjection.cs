using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>A row for each pipeline. How its newest run fares stands in the history of runs.</summary>
internal sealed class PipelineStatusProjection() : DomainProjection(
    Table, version: 1, "name TEXT PRIMARY KEY, version INT NOT NULL, runs BIGINT NOT NULL, failures BIGINT NOT NULL, last_run TEXT")
{
    public const string Table = "pipeline_status";

    protected override ValueTask ApplyAsync(Fold fold) => fold.Event switch
    {
        PipelineCreated or PipelineRevised => fold.ExecuteAsync(
            $"INSERT INTO {fold.Table} AS pipeline VALUES (@name, @version, 0, 0, NULL) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
            ("name", fold.Id), ("version", (int)fold.Recorded.Version)),
        PipelineStarted started => fold.ExecuteAsync(
            $"INSERT INTO {fold.Table} AS pipeline VALUES (@name, @version, 1, 0, @run) ON CONFLICT (name) DO UPDATE SET runs = pipeline.runs + 1, last_run = excluded.last_run",
            ("name", started.Pipeline), ("version", started.PipelineVersion), ("run", fold.Id)),
        PipelineFailed or PipelineInterrupted => fold.ExecuteAsync($"UPDATE {fold.Table} SET failures = failures + 1 WHERE last_run = @run", ("run", fold.Id)),
        _ => ValueTask.CompletedTask,
    };
}
