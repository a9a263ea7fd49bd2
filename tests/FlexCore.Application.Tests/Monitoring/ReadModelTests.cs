using FlexCore.Application.Ports;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Monitoring;

public sealed class ReadModelTests : IAsyncLifetime
{
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Views_are_empty_where_nothing_was_ever_run()
    {
        (await _world.ReadModels.ListPipelinesAsync(new PipelineFilter(), Token)).ShouldBeEmpty();
        (await _world.ReadModels.ListPluginsAsync(Token)).ShouldBeEmpty();
        (await _world.ListRunsAsync(null, 10)).ShouldBeEmpty();
        (await _world.ReadModels.ReadMetricsAsync(Token)).ShouldBe(new SystemMetrics(0, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Views_say_what_the_log_says_as_soon_as_it_says_it()
    {
        await _world.RunAsync();
        (await _world.ReadModels.ListPipelinesAsync(new PipelineFilter(), Token)).ShouldHaveSingleItem().LastRun!.Status.ShouldBe(RunStatus.Succeeded);
        _world.Doing["load"] = _ => new StepResult(
            new StepTally(new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 2 }, 40, [new PluginRecord("report", Guid.NewGuid(), PluginOutcome.ExitCode, 1, 30, 4096, "sandbox")]),
            new StepFailure("report", PluginOutcome.ExitCode, "FX2001", "report ended with exit code 1"), null);
        await _world.RunAsync();

        var pipeline = (await _world.ReadModels.ListPipelinesAsync(new PipelineFilter(), Token)).ShouldHaveSingleItem();
        (pipeline.Name, pipeline.Version, pipeline.Runs, pipeline.Failures, pipeline.LastRun!.Status).ShouldBe(("orders", 1, 2, 1, RunStatus.Failed));
        var runs = await _world.ListRunsAsync("orders", 10);
        runs.Select(run => (run.Status, run.Records)).ShouldBe([(RunStatus.Failed, 2), (RunStatus.Succeeded, 5)]);
        runs.ShouldAllBe(run => run.DurationMs != null && run.RunId != Guid.Empty);
        var plugin = (await _world.ReadModels.ListPluginsAsync(Token)).Single(plugin => plugin.Executions > 0);
        (plugin.Name, plugin.Executions, plugin.Failures, plugin.CpuMs, plugin.PeakMemoryBytes).ShouldBe(("report", 1, 1, 30, 4096));
        var metrics = await _world.ReadModels.ReadMetricsAsync(Token);
        (metrics.Runs, metrics.Failures, metrics.Records, metrics.Bytes, metrics.PluginExecutions).ShouldBe((2, 1, 7, 140, 1));
        metrics.Events.ShouldBe((await _world.Log.ReadLogAsync(new EventQuery(0, 1000), Token)).Count);
    }
}
