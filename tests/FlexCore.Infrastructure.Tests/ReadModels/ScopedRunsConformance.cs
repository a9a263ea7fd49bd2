using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure.Tests.Coordination;

namespace FlexCore.Infrastructure.Tests.ReadModels;

/// <summary>On SQLite, runs are listed by their pipelines.</summary>
public sealed class SqliteScopedRunsConformance() : ScopedRunsConformance([]);

/// <summary>On PostgreSQL, runs are listed by their pipelines.</summary>
public sealed class PostgresScopedRunsConformance() : ScopedRunsConformance([("kind", "postgres"), ("connection", PostgresFixture.ConnectionString), ("schema", $"scope_{Guid.NewGuid():n}")]);

/// <summary>What is listed for whoever may see some pipelines only, wherever the log lies.</summary>
public abstract class ScopedRunsConformance((string Key, string Value)[] store) : IAsyncLifetime
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
    public async Task Runs_of_some_pipelines_are_listed_part_by_part()
    {
        List<(string Pipeline, Guid Run)> runs = [];
        foreach (var pipeline in (string[])["orders", "shop-eu", "shop", "my-shop-eu", "orders-2", "shop-us", "orders"])
        {
            // Of two within one millisecond nobody knows which came first.
            var run = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddMilliseconds(runs.Count));
            runs.Insert(0, (pipeline, run));
            await _module.Log.AppendAsync(EventStreams.Run(run), 0, [new PipelineStarted(run, pipeline, 1, "hash", ["load"], FullRefresh: false, Resumes: null)], EventContext.New(run), Token);
        }

        var scope = new PipelineScope(["orders", "shop-*"]);
        var expected = runs.Where(run => scope.Covers(run.Pipeline)).Select(run => run.Run).ToList();
        expected.Count.ShouldBe(4);
        (await ListAsync(new RunFilter(100, Scope: scope))).ShouldBe(expected);
        (await ListAsync(new RunFilter(3, Scope: scope))).ShouldBe(expected.Take(3));
        (await ListAsync(new RunFilter(3, Before: expected[2], Scope: scope))).ShouldBe(expected.Skip(3));
        (await ListAsync(new RunFilter(100, "shop-us", RunStatus.Running, Scope: scope))).Count.ShouldBe(1);
        (await ListAsync(new RunFilter(100, "shop", Scope: scope))).ShouldBeEmpty();
    }

    private async Task<List<Guid>> ListAsync(RunFilter filter) => [.. (await _module.ReadModels.ListRunsAsync(filter, Token)).Select(run => run.RunId)];
}
