using FlexCore.Domain.Runs;
using FlexCore.EventStore;
using FlexCore.EventStore.Projections;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>One row with sums.</summary>
internal sealed class SystemMetricsProjection() : Projection(Table, version: 1, Table)
{
    public const string Table = "system_metrics";

    public override async ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken)
    {
        const string Columns = "events BIGINT, runs BIGINT, failures BIGINT, records BIGINT, bytes BIGINT, dead_letters BIGINT, plugin_executions BIGINT";
        await views.ExecuteAsync($"CREATE TABLE {views.Table(Table)} ({Columns}); INSERT INTO {views.Table(Table)} VALUES (0, 0, 0, 0, 0, 0, 0)", cancellationToken);
    }

    public override async ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken)
    {
        var facts = events.Select(EventCodec.Decode).ToList();
        var tallies = facts.Select(fact => fact switch { StepSucceeded step => step.Tally, StepFailed step => step.Tally, _ => null }).OfType<StepTally>().ToList();
        await views.ExecuteAsync(
            $"""
            UPDATE {views.Table(Table)} SET events = events + @events, runs = runs + @runs, failures = failures + @failures, records = records + @records,
                bytes = bytes + @bytes, dead_letters = dead_letters + @dead, plugin_executions = plugin_executions + @executions
            """,
            cancellationToken,
            ("events", (long)events.Count),
            ("runs", (long)facts.Count(fact => fact is PipelineStarted)),
            ("failures", (long)facts.Count(fact => fact is PipelineFailed or PipelineInterrupted)),
            ("records", tallies.Sum(tally => tally.Records.Values.Sum())),
            ("bytes", tallies.Sum(tally => tally.Bytes)),
            ("dead", tallies.Sum(tally => tally.CountDead())),
            ("executions", (long)tallies.Sum(tally => tally.Plugins.Count)));
    }
}
