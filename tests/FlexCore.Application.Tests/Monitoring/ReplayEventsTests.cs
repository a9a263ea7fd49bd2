using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Monitoring;

public sealed class ReplayEventsTests : IAsyncLifetime
{
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Run_is_shown_as_it_was_at_each_version()
    {
        var run = (await _world.RunAsync()).Value.RunId;
        var stream = EventStreams.Run(run);
        var replay = new ReplayEvents(_world.Log);

        (await replay.HandleAsync(stream, 1, null, Token)).Value.Run!.Status.ShouldBe(RunStatus.Running);
        (await replay.HandleAsync(stream, 2, null, Token)).Value.Run!.Steps[0].Status.ShouldBe(StepStatus.Running);
        (await replay.HandleAsync(stream, 3, null, Token)).Value.Run!.Steps[0].Status.ShouldBe(StepStatus.Succeeded);
        (await replay.HandleAsync(stream, null, null, Token)).Value.Run!.Status.ShouldBe(RunStatus.Succeeded);
        (await replay.HandleAsync(stream, 99, null, Token)).Value.Version.ShouldBe(4);
    }

    [Fact]
    public async Task State_is_shown_as_it_was_at_a_time()
    {
        var run = Guid.CreateVersion7();
        var stream = EventStreams.State("orders", "load");
        foreach (var state in (string[])["""{"id":1}""", """{"id":2}"""])
            await _world.Log.AppendAsync(stream, null, [new StateCommitted(run, JsonElement.Parse(state))], EventContext.New(run), Token);
        var stored = await _world.Log.ReadLogAsync(new EventQuery(0, 10, stream), Token);
        var replay = new ReplayEvents(_world.Log);

        var then = (await replay.HandleAsync(stream, null, stored[0].At, Token)).Value;

        if (stored[0].At < stored[1].At) then.Version.ShouldBe(1);
        (await replay.HandleAsync(stream, 1, null, Token)).Value.Last.ShouldHaveSingleItem().Data.GetRawText().ShouldContain("""{"id":1}""");
        (await replay.HandleAsync(stream, null, stored[1].At, Token)).Value.Last.ShouldHaveSingleItem().Data.GetRawText().ShouldContain("""{"id":2}""");
        (await replay.HandleAsync(stream, null, stored[0].At.AddDays(-1), Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await replay.HandleAsync("state-nobody", null, null, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }
}
