using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Tests.Pipelines;

public sealed class PipelineCommandsTests
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pipeline_is_created_once_and_revised_where_its_definition_differs()
    {
        await using var world = await World.CreateAsync();
        var recorder = new DefinitionRecorder(world, world.Log);

        var created = await recorder.HandleAsync(new CreatePipeline(World.Request), Zoe, Token);
        var again = await recorder.HandleAsync(new CreatePipeline(World.Request), Zoe, Token);
        var same = await recorder.HandleAsync(new RevisePipeline(World.Request), Zoe, Token);
        world.Pipeline = world.Pipeline.Value with { Hash = "two" };
        var revised = await recorder.HandleAsync(new RevisePipeline(World.Request), Zoe, Token);

        created.Value.ShouldBe(new RecordedDefinition("orders", 1, IsNew: true));
        again.Errors.Single().Code.ShouldBe(ErrorCodes.AlreadyExists);
        same.Value.ShouldBe(new RecordedDefinition("orders", 1, IsNew: false));
        revised.Value.ShouldBe(new RecordedDefinition("orders", 2, IsNew: true));
        (await world.TypesAsync("pipeline-orders")).ShouldBe(["PipelineCreated", "PipelineRevised"]);
    }

    [Fact]
    public async Task Pipeline_that_is_not_there_is_neither_revised_nor_paused()
    {
        await using var world = await World.CreateAsync();

        (await new DefinitionRecorder(world, world.Log).HandleAsync(new RevisePipeline(World.Request), Zoe, Token)).Errors.Single().Code.ShouldBe(ErrorCodes.NotFound);
        (await new ChangeLifecycle(world.Log).HandleAsync(new PausePipeline("orders", null), Zoe, Token)).Errors.Single().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Paused_pipeline_does_not_run_until_it_is_activated_and_the_record_says_by_whom()
    {
        await using var world = await World.CreateAsync();
        var change = new ChangeLifecycle(world.Log);
        (await world.RunAsync()).IsSuccess.ShouldBeTrue();

        var paused = await change.HandleAsync(new PausePipeline("orders", "holiday"), Zoe, Token);
        var refused = await world.RunAsync();
        await change.HandleAsync(new ActivatePipeline("orders"), Zoe, Token);

        paused.Value.Lifecycle.ShouldBe(PipelineLifecycle.Paused);
        refused.Errors.Single().Code.ShouldBe(ErrorCodes.PipelineNotStartable);
        (await world.RunAsync()).IsSuccess.ShouldBeTrue();
        var facts = await world.Log.ReadAsync("pipeline-orders", Token);
        facts.Single(fact => fact.Event is PipelinePaused).Actor.ShouldBe("zoe");
    }
}
