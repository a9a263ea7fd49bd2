using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure.Tests.Coordination;

namespace FlexCore.Infrastructure.Tests.Retention;

/// <summary>On SQLite, runs leave the list of runs with their events.</summary>
public sealed class SqliteRunsLeaveConformance() : RunsLeaveConformance([]);

/// <summary>On PostgreSQL, runs leave the list of runs with their events.</summary>
public sealed class PostgresRunsLeaveConformance() : RunsLeaveConformance([("kind", "postgres"), ("connection", PostgresFixture.ConnectionString), ("schema", $"leave_{Guid.NewGuid():n}")]);

/// <summary>What the views keep of runs whose events have left for the archive, wherever the log lies.</summary>
public abstract class RunsLeaveConformance((string Key, string Value)[] store) : IAsyncLifetime
{
    private readonly DataFolder _folder = new();
    private InfrastructureModule _module = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _module = await InfrastructureModule.OpenAsync(
        _folder.Path, ProjectSettings.Read([.. store.Select(setting => new Setting($"store.{setting.Key}", setting.Value, setting.Key))]).Value, TimeProvider.System, Token);

    public async ValueTask DisposeAsync()
    {
        await _module.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Runs_that_have_ended_leave_the_list_with_their_last_event_and_can_still_be_read()
    {
        var old = await StartAsync("orders");
        await AppendAsync(old, new PipelineCompleted(5));
        var withdrawn = Guid.CreateVersion7();
        await AppendAsync(withdrawn, new PipelineQueued(withdrawn, "orders", 1, "hash", RunTrigger.Manual, new Dictionary<string, string>(StringComparer.Ordinal)));
        await AppendAsync(withdrawn, new PipelineCancelled(1, "not wanted"));
        var open = await StartAsync("orders");
        var late = await StartAsync("orders");
        var limit = await LastPositionAsync();
        await AppendAsync(late, new PipelineCompleted(5));
        var last = await StartAsync("orders");
        await AppendAsync(last, new PipelineCompleted(5));
        (await ListAsync()).ShouldBe([last, late, open, withdrawn, old], ignoreOrder: true);

        (await _module.ArchiveAsync(limit, Token)).ShouldHaveSingleItem().LastPosition.ShouldBe(limit);

        (await ListAsync()).ShouldBe([last, late, open], ignoreOrder: true);
        (await _module.Log.ReadAsync($"run-{old}", Token)).Count.ShouldBe(2);
        await _module.ReadModels.RebuildAsync(Token);
        (await ListAsync()).ShouldBe([last, late, open], ignoreOrder: true);

        await AppendAsync(open, new PipelineInterrupted("its process is gone"));
        await AppendAsync(Guid.CreateVersion7(), new StepSkipped("stays", "load"));
        await _module.ArchiveAsync(await LastPositionAsync() - 1, Token);
        (await ListAsync()).ShouldBe([last, open], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_each_pipeline_the_runs_stay_that_began_and_that_ended_last()
    {
        await EndedAsync("orders");
        var (slow, quick) = (await StartAsync("orders"), await EndedAsync("orders"));
        await AppendAsync(slow, new PipelineFailed(9, "FX2001", "failed"));
        var invoices = await EndedAsync("invoices");
        await AppendAsync(Guid.CreateVersion7(), new StepSkipped("stays", "load"));

        await _module.ArchiveAsync(await LastPositionAsync() - 1, Token);

        (await ListAsync()).ShouldBe([invoices, quick, slow], ignoreOrder: true);
        await _module.ReadModels.RebuildAsync(Token);
        (await ListAsync()).ShouldBe([invoices, quick, slow], ignoreOrder: true);
    }

    private async Task<Guid> EndedAsync(string pipeline)
    {
        var run = await StartAsync(pipeline);
        await AppendAsync(run, new PipelineCompleted(5));
        return run;
    }

    private async Task<Guid> StartAsync(string pipeline)
    {
        var run = Guid.CreateVersion7();
        await AppendAsync(run, new PipelineStarted(run, pipeline, 1, "hash", [], FullRefresh: false, Resumes: null));
        return run;
    }

    private async Task AppendAsync(Guid run, params IDomainEvent[] events) => await _module.Log.AppendAsync($"run-{run}", null, events, EventContext.New(run), Token);

    private async Task<List<Guid>> ListAsync() => [.. (await _module.ReadModels.ListRunsAsync(new RunFilter(100), Token)).Select(run => run.RunId)];

    private async Task<long> LastPositionAsync() => (await _module.Log.ReadLogAsync(new EventQuery(0, 1000), Token))[^1].Position;
}
