using FlexCore.Application.Pipelines;
using FlexCore.Application.Runs;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Runs;

public sealed class CompareRunsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_runs_differ_in_what_they_rested_on_and_in_what_came_of_it()
    {
        await using var world = await World.CreateAsync();
        var first = (await world.RunAsync()).Value;
        var changed = Some.Task("load");
        world.Pipeline = Some.Pipeline(changed with { Plugin = changed.Plugin with { Manifest = changed.Plugin.Manifest with { Version = "2", Digest = "e" } } }) with { Hash = "two" };
        world.Doing["load"] = _ => World.Failed();
        var second = (await world.RunAsync(fullRefresh: true)).Value;

        var compared = (await CompareAsync(world, $"{first.RunId}", "latest")).Value;

        compared.Other.State.RunId.ShouldBe(second.RunId);
        compared.Differences.Where(difference => !difference.What.Contains("duration", StringComparison.Ordinal)).Select(difference => (difference.What, difference.One, difference.Other)).ShouldBe(
        [
            ("definition", "version 1, sha256 one", "version 2, sha256 two"),
            ("full refresh", "no", "yes"),
            ("load: report: version", "1", "2"),
            ("load: report: files, sha256", "d", "e"),
            ("status", "Succeeded", "Failed"),
            ("load: status", "Succeeded", "Failed"),
            ("load: records of orders", "5", null),
            ("reason", null, second.Reason),
            ("load: error", null, "FX2001 report ended with exit code 1"),
        ]);
    }

    [Fact]
    public async Task Run_does_not_differ_from_itself()
    {
        await using var world = await World.CreateAsync();
        await world.RunAsync();

        (await CompareAsync(world, "latest", "latest")).Value.Differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Both_runs_that_are_not_there_are_named()
    {
        await using var world = await World.CreateAsync();

        (await CompareAsync(world, "one", "two")).Errors.Select(error => (error.Code, error.Message)).ShouldBe([(ErrorCodes.NotFound, "there is no run 'one'"), (ErrorCodes.NotFound, "there is no run 'two'")]);
    }

    private static Task<Result<RunComparison>> CompareAsync(World world, string one, string other) =>
        new CompareRunsHandler(world.Runs, world.Log, new DefinitionDiff(definition => definition.GetRawText())).HandleAsync(new CompareRuns(one, other), Some.Caller, Token);
}
