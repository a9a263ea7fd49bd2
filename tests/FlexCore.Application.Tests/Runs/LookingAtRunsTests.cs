using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

public sealed class LookingAtRunsTests : IAsyncLifetime
{
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Runs_are_listed_newest_first_and_by_pipeline()
    {
        var first = (await _world.RunAsync()).Value.RunId;
        var second = (await _world.RunAsync()).Value.RunId;
        _world.Pipeline = _world.Pipeline.Value with { Name = "people" };
        var third = (await _world.RunAsync()).Value.RunId;

        (await ListAsync(null, 10)).ShouldBe([third, second, first]);
        (await ListAsync(null, 2)).ShouldBe([third, second]);
        (await ListAsync("orders", 10)).ShouldBe([second, first]);
        (await ListAsync("nobody", 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Runs_are_listed_over_many_pages()
    {
        for (var i = 0; i < 205; i++)
        {
            var run = Guid.CreateVersion7();
            await _world.Log.AppendAsync(EventStreams.Run(run), 0, [Some.Started(run, i == 0 ? "rare" : "orders"), new PipelineCompleted(1)], EventContext.New(run), Token);
        }

        (await ListAsync(null, 1000)).Count().ShouldBe(205);
        (await ListAsync("rare", 1)).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Run_is_shown_by_its_id_by_part_of_it_and_as_the_latest()
    {
        var run = (await _world.RunAsync()).Value.RunId;

        foreach (var id in new[] { $"{run}", $"{run}"[..20], $"{run}"[20..].ToUpperInvariant(), "latest" })
            (await _world.ShowRunAsync(id)).Value.State.RunId.ShouldBe(run);
    }

    [Fact]
    public async Task Part_of_an_id_that_fits_two_runs_is_refused()
    {
        await _world.RunAsync();
        await _world.RunAsync();

        (await _world.ShowRunAsync("0")).Errors.ShouldHaveSingleItem().Message.ShouldBe("'0' fits more than one run");
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("01980000-0000-7000-8000-000000000001")]
    public async Task Run_that_is_not_there_is_not_found(string id) =>
        (await _world.ShowRunAsync(id)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);

    [Fact]
    public async Task Killed_run_is_ended_by_whoever_shows_it()
    {
        var killed = await _world.LeaveInterruptedRunAsync(new StepStarted("load", 1));

        (await _world.ShowRunAsync($"{killed}")).Value.State.Status.ShouldBe(RunStatus.Interrupted);

        (await _world.EventsAsync(EventStreams.Run(killed)))[^1].ShouldBe(new PipelineInterrupted("runs show"));
    }

    [Fact]
    public async Task Killed_run_is_ended_once_by_whoever_lists_it()
    {
        var killed = await _world.LeaveInterruptedRunAsync(new StepStarted("load", 1));

        for (var i = 0; i < 2; i++) (await _world.ListRunsAsync(null, 10)).ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Interrupted);

        (await _world.TypesAsync(EventStreams.Run(killed))).ShouldBe(["PipelineStarted", "StepStarted", "PipelineInterrupted"]);
    }

    [Fact]
    public async Task Run_whose_process_lives_is_shown_as_running()
    {
        var run = await _world.LeaveInterruptedRunAsync();
        await using var held = await _world.Locks.TryAcquireAsync("orders", Token);

        (await _world.ShowRunAsync($"{run}")).Value.State.Status.ShouldBe(RunStatus.Running);
    }

    [Fact]
    public async Task Run_that_ends_while_it_is_looked_at_is_shown_as_it_ended()
    {
        var run = await _world.LeaveInterruptedRunAsync();
        var seen = Run.From(await _world.EventsAsync(EventStreams.Run(run))).State;
        await _world.Log.AppendAsync(EventStreams.Run(run), 1, [new PipelineCompleted(5)], EventContext.New(run), Token);

        (await _world.PipelineLocks.SettleAsync(seen, "test", Token)).Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Committed_state_is_the_last_one_of_its_step()
    {
        var run = Guid.CreateVersion7();
        await CommitAsync("orders", "load", run, """{"id":1}""", """{"id":2}""");
        await CommitAsync("orders", "other", run, """{"id":3}""");
        await CommitAsync("orders-eu", "load", run, """{"id":4}""");
        var states = new GetState(_world.Log);

        var committed = await states.HandleAsync("orders", "load", Token);
        (committed.Value!.Value.GetRawText(), committed.RunId, committed.Version).ShouldBe(("""{"id":2}""", run, 2));
        (await states.HandleAsync(new ListStates("orders"), Some.Caller, Token)).Value.Select(state => (state.Key, state.Value.GetRawText())).ShouldBe([("load", """{"id":2}"""), ("other", """{"id":3}""")]);
        (await states.HandleAsync("orders", "nobody", Token)).ShouldBe(CommittedState.None);
    }

    private async Task<IEnumerable<Guid>> ListAsync(string? pipeline, int limit) =>
        (await _world.ListRunsAsync(pipeline, limit)).Select(run => run.RunId);

    private async Task CommitAsync(string pipeline, string step, Guid run, params string[] states) =>
        await _world.Log.AppendAsync(
            EventStreams.State(pipeline, step), 0, [.. states.Select(state => new StateCommitted(run, JsonElement.Parse(state)))], EventContext.New(run), Token);
}
