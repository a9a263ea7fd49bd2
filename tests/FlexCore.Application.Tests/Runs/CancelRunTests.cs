using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

public sealed class CancelRunTests : IAsyncLifetime
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Run_of_a_command_line_ends_when_somebody_else_cancels_it()
    {
        var begun = new TaskCompletionSource<Guid>();
        _world.Taking["load"] = async (request, stop) =>
        {
            begun.SetResult(request.RunId);
            await Task.Delay(Timeout.Infinite, stop.Gently).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new StepResult(StepTally.Nothing, new StepFailure("report", PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "cancelled"), null);
        };
        var running = _world.RunAsync();

        var asked = await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(await begun.Task.WaitAsync(Token), "wrong day"), Zoe, Token);
        var ended = await running.WaitAsync(TimeSpan.FromSeconds(30), Token);

        (asked.Value.Status, asked.Value.CancelRequested).ShouldBe((RunStatus.Running, "wrong day"));
        (ended.Value.Status, ended.Value.Reason).ShouldBe((RunStatus.Cancelled, "wrong day"));
        (await _world.TypesAsync($"run-{ended.Value.RunId}")).ShouldBe(["PipelineStarted", "StepStarted", "PipelineCancelRequested", "StepFailed", "PipelineCancelled"]);
    }

    [Fact]
    public async Task Run_that_has_ended_is_not_cancelled()
    {
        var ended = await _world.RunAsync();

        var refused = await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(ended.Value.RunId, "late"), Zoe, Token);

        refused.Errors.Single().Code.ShouldBe(ErrorCodes.RunEnded);
    }

    [Fact]
    public async Task Run_that_is_not_there_is_neither_cancelled_nor_repeated()
    {
        (await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(Guid.Empty, ""), Zoe, Token)).Errors.Single().Code.ShouldBe(ErrorCodes.NotFound);
        (await new RetryRunHandler(_world.Log, _world.Cap, TimeProvider.System).HandleAsync(new RetryRun(Guid.Empty, FromStart: false, World.Request.Set), Zoe, Token)).Errors.Single().Code.ShouldBe(ErrorCodes.NotFound);
    }
}
