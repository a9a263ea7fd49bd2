using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

/// <summary>Steps that run another pipeline.</summary>
public sealed class SubPipelinesTests : IAsyncLifetime
{
    private static readonly Caller Zoe = new("zoe", Role.Admin);

    private readonly CancellationTokenSource _stopNode = new();
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        await _world.RecordAsync(Named("child", Some.Task("load"), Some.Task("count", "load")));
        _world.Pipeline = Some.Pipeline(Runs("all", "child", "region"), Some.Task("tell", "all"));
        await _world.RecordAsync(_world.Pipeline.Value);
        _world.Doing["count"] = _ => World.Succeeded("""{"rows":5}""");
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _stopNode.Dispose();
    }

    [Fact]
    public async Task Other_pipeline_runs_as_a_run_of_its_own_that_names_its_cause_and_leaves_what_its_steps_have_left()
    {
        var run = (await _world.RunAsync()).Value;

        run.Status.ShouldBe(RunStatus.Succeeded);
        var within = await ReadSubRunAsync(run, "all");
        (within.Pipeline, within.Status, within.Trigger).ShouldBe(("child", RunStatus.Succeeded, new RunTrigger(TriggerKind.Step, $"{run.RunId}/all")));
        within.Set.ShouldBe([KeyValuePair.Create("region", "eu")]);
        var output = _world.Attempts.Single(attempt => attempt.Step.Id == "tell").Earlier.ShouldHaveSingleItem().Output!.Value;
        output.GetRawText().ShouldBe("""{"run_id":"ID","records":{"orders":10},"steps":{"count":{"rows":5}}}""".Replace("ID", within.RunId.ToString(), StringComparison.Ordinal));
        (await _world.TypesAsync(EventStreams.Run(run.RunId))).ShouldBe(["PipelineStarted", "StepStarted", "SubRunStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        _world.Seen.ShouldContain("all/load Succeeded");
    }

    [Fact]
    public async Task Step_fails_as_the_other_run_does_and_says_which_run_that_was()
    {
        _world.Doing["load"] = _ => World.Failed();

        var run = (await _world.RunAsync()).Value;

        var step = run.Step("all");
        (run.Status, step.Status, step.Code, step.Outcome).ShouldBe((RunStatus.Failed, StepStatus.Failed, "FX2033", PluginOutcome.ExitCode));
        step.Message.ShouldBe($"run {step.SubRun} of child has failed: step load: report ended with exit code 1");
    }

    [Fact]
    public async Task Steps_that_run_the_same_pipeline_take_turns()
    {
        _world.Pipeline = Some.Pipeline(Runs("one", "child"), Runs("two", "child"), Runs("three", "child"));

        var run = (await _world.RunAsync()).Value;

        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Steps.Select(step => step.SubRun).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Wish_to_stop_ends_the_other_run_too()
    {
        _world.Taking["load"] = UntilStopped(_world.Stop.Cancel);

        var run = (await _world.RunAsync()).Value;

        (run.Status, run.Step("all").Status, (await ReadSubRunAsync(run, "all")).Status).ShouldBe((RunStatus.Cancelled, StepStatus.Cancelled, RunStatus.Cancelled));
    }

    [Fact]
    public async Task Timeout_of_the_step_ends_the_other_run_and_the_next_attempt_makes_another_one()
    {
        _world.Pipeline = Some.Pipeline(Runs("all", "child") with { Timeout = TimeSpan.FromMilliseconds(300), Retry = new RetryPolicy { Attempts = 2, Initial = TimeSpan.FromMilliseconds(1) } });
        _world.Taking["load"] = UntilStopped(() => _world.Taking.Remove("load"));

        var run = (await _world.RunAsync()).Value;

        (run.Status, run.Step("all").Attempts).ShouldBe((RunStatus.Succeeded, 2));
        var made = (await _world.EventsAsync(EventStreams.Run(run.RunId))).OfType<SubRunStarted>().Select(sub => sub.Run).ToList();
        (await ReadAsync(made[0])).Status.ShouldBe(RunStatus.Cancelled);
        (await ReadAsync(made[1])).Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Circle_that_came_after_validation_is_refused_when_the_step_begins()
    {
        _world.Files["/work/child.yaml"] = Named("child", Runs("again", "other"));
        await _world.RecordAsync(Named("other", Runs("back", "orders")));
        _world.Pipeline = Some.Pipeline(Runs("all", "child"));

        var run = (await _world.RunAsync()).Value;

        var inner = await ReadSubRunAsync(await ReadSubRunAsync(run, "all"), "again");
        inner.Step("back").Message.ShouldBe("pipelines run each other in a circle: orders → child → other → orders");
    }

    [Fact]
    public async Task One_slot_is_enough_for_runs_within_runs()
    {
        await _world.RecordAsync(Named("top", Runs("middle", "orders")));
        var working = Work("node-a", slots: 1);

        var top = await EndOfAsync(await StartAsync("top"));
        await StopAsync(working);

        top.Status.ShouldBe(RunStatus.Succeeded);
        (await ReadSubRunAsync(await ReadSubRunAsync(top, "middle"), "all")).Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Node_that_goes_on_with_a_run_waits_for_the_other_run_that_was_made_and_makes_no_second_one()
    {
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Taking["load"] = async (_, stop) =>
        {
            begun.TrySetResult();
            await end.Task.WaitAsync(stop.Gently).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return stop.Gently.IsCancellationRequested ? Cancelled() : World.Succeeded();
        };
        var first = Work("node-a", slots: 4);
        var id = await StartAsync("orders");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await StopAsync(first);
        end.SetResult();

        using var later = new CancellationTokenSource();
        var second = Work("node-b", slots: 4, later.Token);
        var run = await EndOfAsync(id);
        await later.CancelAsync();
        await second;

        (run.Status, run.Node, run.Step("all").Attempts).ShouldBe((RunStatus.Succeeded, "node-b", 2));
        (await _world.EventsAsync(EventStreams.Run(id))).OfType<SubRunStarted>().ShouldHaveSingleItem();
        (await _world.ListRunsAsync("child", 10)).ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Run_that_is_cancelled_while_no_node_has_it_takes_the_runs_within_it_along()
    {
        _world.Taking["load"] = UntilStopped(_stopNode.Cancel);
        var id = await StartAsync("orders");
        await Work("node-a", slots: 4);
        _world.Taking.Remove("load");

        await new CancelRunHandler(_world.Log).HandleAsync(new CancelRun(id, "wrong day"), Zoe, Token);
        using var later = new CancellationTokenSource();
        var second = Work("node-b", slots: 4, later.Token);
        var run = await EndOfAsync(id);
        var within = await EndOfAsync(run.Step("all").SubRun!.Value);
        await later.CancelAsync();
        await second;

        (run.Status, within.Status).ShouldBe((RunStatus.Cancelled, RunStatus.Cancelled));
        within.Reason.ShouldBe($"run {id}, of which it is a part, was cancelled: wrong day");
    }

    [Fact]
    public async Task Repeated_run_goes_on_with_the_other_pipeline_from_where_that_has_failed()
    {
        _world.Doing["count"] = _ => World.Failed();
        var working = Work("node-a", slots: 2);
        var failed = await EndOfAsync(await StartAsync("orders"));
        failed.Status.ShouldBe(RunStatus.Failed);
        _world.Doing.Remove("count");
        _world.Attempts.Clear();

        var again = await new RetryRunHandler(_world.Log, _world.Cap, TimeProvider.System).HandleAsync(new RetryRun(failed.RunId, FromStart: false, new Dictionary<string, string>(StringComparer.Ordinal)), Zoe, Token);
        var run = await EndOfAsync(again.Value);
        await StopAsync(working);

        run.Status.ShouldBe(RunStatus.Succeeded);
        _world.Attempts.Select(attempt => attempt.Step.Id).ShouldBe(["count", "tell"]);
        (await ReadSubRunAsync(run, "all")).RetryOf.ShouldBe(failed.Step("all").SubRun);
    }

    private static PipelineDefinition Named(string name, params Step[] steps) => Some.Pipeline(steps) with
    {
        Name = name,
        File = $"/work/{name}.yaml",
        Document = JsonElement.Parse(
            $$$"""{"name":"{{{name}}}","vars":{"region":"us"},"steps":[{{{string.Join(',', steps.OfType<SubPipelineStep>().Select(step => $$$"""{"pipeline":{"name":"{{{step.Pipeline}}}" } }"""))}}}]}"""),
    };

    private static SubPipelineStep Runs(string id, string pipeline, params string[] vars) =>
        new(id, [], pipeline, _ => vars.ToDictionary(name => name, _ => "eu", StringComparer.Ordinal), vars, new SourceLocation("pipeline.yaml", 1, 1));

    private static StepResult Cancelled() => new(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);

    private static Func<StepRequest, StopSignal, Task<StepResult>> UntilStopped(Action begun) => async (_, stop) =>
    {
        begun();
        await Task.Delay(Timeout.Infinite, stop.Gently).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Cancelled();
    };

    private async Task<Guid> StartAsync(string pipeline) => (await new StartPipelineHandler(_world.Log, _world.Queue, _world.Cap, TimeProvider.System).HandleAsync(
        new StartPipeline(pipeline, new Dictionary<string, string>(StringComparer.Ordinal), RunTrigger.Manual), Zoe, Token)).Value;

    private Task Work(string name, int slots, CancellationToken? stop = null)
    {
        var signal = stop ?? _stopNode.Token;
        var record = new NodeRecord($"{name}-{Guid.NewGuid():N}", name, slots, [], "1", TimeProvider.System.GetUtcNow());
        return Task.Run(() => new Node(_world.Queue, _world.ClaimedRuns(name), record, _ => _world, TimeProvider.System).WorkAsync(new StopSignal(signal, signal)), Token);
    }

    private async Task StopAsync(Task working)
    {
        await _stopNode.CancelAsync();
        await working;
    }

    private async Task<RunState> EndOfAsync(Guid run)
    {
        for (var attempt = 0; attempt < 3000; attempt++)
        {
            if (await ReadAsync(run) is { IsEnded: true } ended) return ended;
            await Task.Delay(10, Token);
        }

        throw new TimeoutException($"run {run} is {(await ReadAsync(run)).Status}");
    }

    private Task<RunState> ReadSubRunAsync(RunState run, string step) => ReadAsync(run.Step(step).SubRun!.Value);

    private async Task<RunState> ReadAsync(Guid run) => Run.From(await _world.EventsAsync(EventStreams.Run(run))).State;
}
