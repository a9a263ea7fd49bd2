using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Tests.Pipelines;

public sealed class ApplyPipelinesTests
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pipelines_of_files_are_created_and_active_and_a_second_time_nothing_changes()
    {
        await using var world = await World.CreateAsync();
        Put(world, "/p/orders.yaml", "orders");
        Put(world, "/p/stock.yaml", "stock");

        var first = await ApplyAsync(world, prunes: false, "/p/orders.yaml", "/p/stock.yaml");
        var second = await ApplyAsync(world, prunes: false, "/p/orders.yaml", "/p/stock.yaml");

        first.Value.Select(change => (change.Before.Lifecycle, change.After.Name, change.After.Lifecycle)).ShouldBe([(PipelineLifecycle.Unknown, "orders", PipelineLifecycle.Active), (PipelineLifecycle.Unknown, "stock", PipelineLifecycle.Active)]);
        second.Value.ShouldAllBe(change => change.Before == change.After);
        (await world.TypesAsync("pipeline-orders")).ShouldBe(["PipelineCreated", "PipelineActivated"]);
        (await world.Log.ReadAsync("pipeline-stock", Token)).ShouldAllBe(fact => fact.Actor == "zoe");
    }

    [Fact]
    public async Task Errors_of_all_files_come_at_once_and_nothing_is_changed_then()
    {
        await using var world = await World.CreateAsync();
        Put(world, "/p/orders.yaml", "orders");
        Put(world, "/p/twin.yaml", "orders");
        world.Files["/p/broken.yaml"] = new Error(ErrorCodes.YamlInvalid, "no");
        world.Files["/p/secret.yaml"] = Some.Pipeline() with { Name = "secret", NotOnRecord = [new Error(ErrorCodes.SecretWrittenOut, "written out")] };

        var refused = await ApplyAsync(world, prunes: false, "/p/orders.yaml", "/p/twin.yaml", "/p/broken.yaml", "/p/secret.yaml");

        refused.Errors.Select(error => error.Code).ShouldBe([ErrorCodes.DuplicateKey, ErrorCodes.YamlInvalid, ErrorCodes.SecretWrittenOut]);
        (await world.TypesAsync("pipeline-orders")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pipeline_whose_file_has_gone_is_archived_on_demand_and_those_of_other_folders_stay()
    {
        await using var world = await World.CreateAsync();
        Put(world, "/p/orders.yaml", "orders");
        Put(world, "/p/gone.yaml", "gone");
        Put(world, "/q/other.yaml", "other");
        await ApplyAsync(world, prunes: false, "/p/orders.yaml", "/p/gone.yaml", "/q/other.yaml");

        (await ApplyAsync(world, prunes: false, "/p/orders.yaml")).Value.Count.ShouldBe(1);
        var pruned = await ApplyAsync(world, prunes: true, "/p/orders.yaml");
        var again = await ApplyAsync(world, prunes: true, "/p/orders.yaml");

        pruned.Value.Select(change => (change.After.Name, change.After.Lifecycle)).ShouldBe([("orders", PipelineLifecycle.Active), ("gone", PipelineLifecycle.Archived)]);
        again.Value.Select(change => change.After.Name).ShouldBe(["orders"]);
    }

    [Fact]
    public async Task Plan_says_what_would_be_done_and_does_nothing()
    {
        await using var world = await World.CreateAsync();
        Put(world, "/p/orders.yaml", "orders");

        var plan = await new PipelineApplier(world, world.ReadModels, world.Log, new DefinitionDiff(definition => definition.GetRawText())).HandleAsync(new PlanPipelines(Declared(prunes: false, "/p/orders.yaml")), Zoe, Token);

        plan.Value.Single().After.Lifecycle.ShouldBe(PipelineLifecycle.Active);
        (await world.TypesAsync("pipeline-orders")).ShouldBeEmpty();
    }

    private static void Put(World world, string file, string name) => world.Files[file] = Some.Pipeline() with { Name = name, File = file };

    private static Task<Result<IReadOnlyList<PipelineChange>>> ApplyAsync(World world, bool prunes, params string[] files) =>
        new PipelineApplier(world, world.ReadModels, world.Log, new DefinitionDiff(definition => definition.GetRawText())).HandleAsync(new ApplyPipelines(Declared(prunes, files)), Zoe, Token);

    private static DeclaredPipelines Declared(bool prunes, params string[] files) =>
        new([.. files.Select(file => new PipelineRequest(file, new Dictionary<string, string>(StringComparer.Ordinal), GrantAll: false))], Activates: true, prunes);
}
