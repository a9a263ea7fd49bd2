using FlexCore.Application.Bus;
using FlexCore.Application.Nodes;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Application.Tests.Notifications;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Nodes;

public sealed class NodeTests : IAsyncLifetime
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);
    private static readonly Dictionary<string, string> NothingSet = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource _gently = new();
    private readonly CancellationTokenSource _atOnce = new();
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        await RecordAsync(Some.Pipeline(Some.Task("load"), Some.Task("report", "load")));
    }

    public async ValueTask DisposeAsync()
    {
        await _gently.CancelAsync();
        await _atOnce.CancelAsync();
        await _world.DisposeAsync();
        _gently.Dispose();
        _atOnce.Dispose();
    }

    [Fact]
    public async Task Queued_run_is_taken_by_a_node_and_done()
    {
        var run = await StartAsync();

        var working = WorkAsync("node-a");
        var ended = await EndOfAsync(run);
        await StopAsync(working);

        ended.Status.ShouldBe(RunStatus.Succeeded);
        ended.Node.ShouldBe("node-a");
        (await _world.TypesAsync($"run-{run}")).ShouldBe(["PipelineQueued", "PipelineStarted", "StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        (await _world.Queue.ListAsync(null, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Queued_run_that_is_cancelled_never_begins()
    {
        var run = await StartAsync();

        var cancelled = await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(run, "wrong day"), Zoe, Token);

        cancelled.Value.Status.ShouldBe(RunStatus.Cancelled);
        (await _world.Queue.ListAsync(null, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_under_way_on_a_node_ends_when_it_is_cancelled()
    {
        var begun = new TaskCompletionSource();
        _world.Taking["load"] = async (_, stop) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, stop.Gently).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Cancelled();
        };
        var run = await StartAsync();
        var working = WorkAsync("node-a");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(run, "wrong day"), Zoe, Token);
        var ended = await EndOfAsync(run);
        await StopAsync(working);

        (ended.Status, ended.Reason).ShouldBe((RunStatus.Cancelled, "wrong day"));
    }

    [Fact]
    public async Task Run_of_a_node_that_stops_at_once_is_gone_on_with_by_another_from_the_step_that_was_under_way()
    {
        var begun = new TaskCompletionSource();
        _world.Taking["report"] = async (_, stop) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, stop.Gently).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Cancelled();
        };
        var run = await StartAsync();
        var first = WorkAsync("node-a");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await _atOnce.CancelAsync();
        await StopAsync(first);
        _world.Taking.Remove("report");

        using var later = new CancellationTokenSource();
        var second = WorkAsync("node-b", new StopSignal(later.Token, later.Token));
        var ended = await EndOfAsync(run);
        await later.CancelAsync();
        await second;

        ended.Status.ShouldBe(RunStatus.Succeeded);
        (ended.Node, ended.Step("report").Attempts, ended.Step("load").Attempts).ShouldBe(("node-b", 2, 1));
        (await _world.EventsAsync($"run-{run}")).OfType<RunResumed>().Single().ShouldBe(new RunResumed("node-b", 2));
    }

    [Fact]
    public async Task Run_that_cannot_begin_fails_with_the_reason()
    {
        var run = await StartAsync();
        _world.Pipeline = new Error(ErrorCodes.PluginNotFound, "there is no plugin 'report'");

        var working = WorkAsync("node-a");
        var ended = await EndOfAsync(run);
        await StopAsync(working);

        ended.Status.ShouldBe(RunStatus.Failed);
        ended.Reason.ShouldNotBeNull().ShouldContain("there is no plugin 'report'");
    }

    [Fact]
    public async Task Repeated_run_keeps_the_steps_that_have_succeeded_and_runs_the_others()
    {
        _world.Doing["report"] = _ => World.Failed();
        var run = await StartAsync();
        var working = WorkAsync("node-a");
        (await EndOfAsync(run)).Status.ShouldBe(RunStatus.Failed);
        _world.Doing.Remove("report");

        var again = await new RetryRunHandler(_world.Log, _world.Cap, TimeProvider.System).HandleAsync(new RetryRun(run, FromStart: false, NothingSet), Zoe, Token);
        var ended = await EndOfAsync(again.Value);
        await StopAsync(working);

        ended.Status.ShouldBe(RunStatus.Succeeded);
        (ended.RetryOf, ended.Step("load").IsKept, ended.Step("report").Attempts).ShouldBe((run, true, 1));
        _world.Attempts.Count(attempt => attempt.Step.Id == "load").ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_is_to_know_is_told_of_a_run_that_failed_on_a_node()
    {
        _world.Channels["ops"] = new WebhookChannel("ops", TimeSpan.FromMinutes(1), WebhookShape.Generic, new SecretText("https://example.com/"), null, null);
        _world.Pipeline = _world.Pipeline.Value with { Notify = [new NotifyRule(Occasion.Failure, "ops")] };
        _world.Doing["load"] = _ => World.Failed();
        var run = await StartAsync();

        var working = WorkAsync("node-a");
        (await EndOfAsync(run)).Status.ShouldBe(RunStatus.Failed);
        await StopAsync(working);

        _world.Sender.Sent.ShouldHaveSingleItem().Notification.ShouldNotBeNull().Run.RunId.ShouldBe(run);
    }

    [Fact]
    public async Task Pipeline_that_may_not_overlap_is_run_once_at_a_time()
    {
        var (running, most) = (0, 0);
        _world.Taking["load"] = async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return World.Succeeded();
        };
        var runs = new List<Guid>();
        for (var i = 0; i < 5; i++) runs.Add(await StartAsync());

        var working = WorkAsync("node-a");
        foreach (var run in runs) (await EndOfAsync(run)).Status.ShouldBe(RunStatus.Succeeded);
        await StopAsync(working);

        most.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Paused_pipeline_puts_no_run_into_the_queue(bool byTrigger)
    {
        await new ChangeLifecycle(_world.Log).HandleAsync(new PausePipeline("orders", null), Zoe, Token);

        var refused = await new StartPipelineHandler(_world.Log, _world.Queue, _world.Cap, TimeProvider.System).HandleAsync(
            new StartPipeline("orders", NothingSet, byTrigger ? new RunTrigger(TriggerKind.Schedule) : RunTrigger.Manual), Zoe, Token);

        refused.Errors.Single().Code.ShouldBe(ErrorCodes.PipelineNotStartable);
        (await _world.Queue.ListAsync(null, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_beyond_the_cap_is_refused_and_may_be_tried_again_later()
    {
        var clock = new TestClock();
        var start = new StartPipelineHandler(_world.Log, _world.Queue, new QueueCap(_world.Queue, () => 2, clock), TimeProvider.System);
        for (var i = 0; i < 2; i++)
        {
            (await start.HandleAsync(Wish, Zoe, Token)).IsSuccess.ShouldBeTrue();
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        var refused = (await start.HandleAsync(Wish, Zoe, Token)).Errors.ShouldHaveSingleItem();
        await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun((await _world.Queue.ListAsync(null, 1, Token))[0].Entry.RunId, "room"), Zoe, Token);
        clock.Advance(TimeSpan.FromSeconds(2));

        (refused.Code, refused.Code.IsTransient, refused.Message).ShouldBe((ErrorCodes.QueueFull, true, "2 runs wait already, and 2 may"));
        (await start.HandleAsync(Wish, Zoe, Token)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_that_waits_says_why()
    {
        var run = await StartAsync();

        (await _world.ShowRunAsync($"{run}")).Value.Waits.ShouldBeOfType<WaitReason.NoNode>();
    }

    [Fact]
    public async Task Node_is_drained_by_its_name_and_by_its_id_where_two_have_one_name()
    {
        var registry = new NodeRegistry(_world.Queue);
        foreach (var (id, name) in ((string Id, string Name)[])[("one", "twin"), ("two", "twin"), ("three", "alone")])
            await _world.Queue.RegisterAsync(new NodeRecord(id, name, 4, ["gpu"], "1.0", DateTimeOffset.UnixEpoch), Token);

        (await registry.HandleAsync(new DrainNode("alone"), Zoe, Token)).Value.IsDraining.ShouldBeTrue();
        (await registry.HandleAsync(new DrainNode("twin"), Zoe, Token)).Errors.Single().Remedy.ShouldBe("Give the id of one: one, two.");
        (await registry.HandleAsync(new DrainNode("two"), Zoe, Token)).IsSuccess.ShouldBeTrue();
        (await registry.HandleAsync(new DrainNode("nobody"), Zoe, Token)).Errors.Single().Code.ShouldBe(ErrorCodes.NotFound);
        (await registry.HandleAsync(new ListNodes(), Zoe, Token)).Value.Select(node => (node.Node.Id, node.IsLive, node.IsDraining)).ShouldBe([("three", true, true), ("one", true, false), ("two", true, true)]);
    }

    private static StartPipeline Wish => new("orders", NothingSet, RunTrigger.Manual);

    private static StepResult Cancelled() =>
        new(StepTally.Nothing, new StepFailure("report", PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "cancelled"), null);

    private async Task RecordAsync(PipelineDefinition pipeline)
    {
        _world.Pipeline = pipeline;
        (await new DefinitionRecorder(_world, _world.Log).HandleAsync(new CreatePipeline(World.Request), Zoe, Token)).IsSuccess.ShouldBeTrue();
    }

    private async Task<Guid> StartAsync() =>
        (await new StartPipelineHandler(_world.Log, _world.Queue, _world.Cap, TimeProvider.System).HandleAsync(new StartPipeline("orders", NothingSet, RunTrigger.Manual), Zoe, Token)).Value;

    private Task WorkAsync(string name, StopSignal? stop = null)
    {
        var record = new NodeRecord(Guid.NewGuid().ToString(), name, Slots: 4, [], "test", DateTimeOffset.UnixEpoch);
        return new Node(_world.Queue, _world.ClaimedRuns(name), record, _ => _world, TimeProvider.System) { Warn = _world.Warnings.Add }.WorkAsync(stop ?? new StopSignal(_gently.Token, _atOnce.Token));
    }

    private async Task StopAsync(Task working)
    {
        await _gently.CancelAsync();
        await working.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    private async Task<RunState> EndOfAsync(Guid run)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var state = Run.From(await _world.EventsAsync(EventStreams.Run(run))).State;
            if (state.IsEnded) return state;
            await Task.Delay(20, patience.Token);
        }
    }
}
