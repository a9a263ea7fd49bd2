using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

/// <summary>How a run goes through the graph of its steps.</summary>
public sealed class GraphTests : IAsyncLifetime
{
    private static readonly RetryPolicy Thrice = new() { Attempts = 3, Initial = TimeSpan.FromMilliseconds(1) };

    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Steps_that_do_not_need_each_other_run_at_once_up_to_the_limit()
    {
        string[] ids = ["a", "b", "c", "d", "e"];
        _world.Pipeline = Some.Pipeline([.. ids.Select(id => Some.Task(id))]) with { Parallel = 2 };
        var (running, most, both) = (0, 0, new TaskCompletionSource());
        foreach (var id in ids)
        {
            _world.Taking[id] = async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                if (most == 2) both.TrySetResult();
                await both.Task.WaitAsync(TimeSpan.FromSeconds(30));
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return World.Succeeded();
            };
        }

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);

        most.ShouldBe(2);
        _world.Attempts.Select(attempt => attempt.Step.Id).ShouldBe(ids);
    }

    [Fact]
    public async Task Step_begins_as_soon_as_those_that_it_needs_have_ended_while_others_still_run()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("quick"), Some.Task("slow"), Some.Task("after", "quick"));
        var after = new TaskCompletionSource();
        _world.Taking["slow"] = async (_, _) =>
        {
            await after.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return World.Succeeded();
        };
        _world.Doing["after"] = _ =>
        {
            after.SetResult();
            return World.Succeeded();
        };

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task What_comes_next_is_set_up_while_the_step_before_it_runs()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("a"), Some.Task("b", "a"), Some.Task("c", "b"), Some.Task("d", "c"));
        _world.Taking["a"] = async (_, _) =>
        {
            await Task.Yield();
            return World.Succeeded();
        };

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);

        _world.Prepared.ShouldBe(["b", "c", "d"]);
        _world.PreparedWas.ShouldBe(["b used", "b gone", "c used", "c gone", "d used", "d gone"]);
    }

    [Fact]
    public async Task What_was_set_up_and_is_not_needed_is_gone_when_the_run_ends()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("a"), Some.Task("b", "a"));
        _world.Taking["a"] = async (_, _) =>
        {
            await Task.Yield();
            return World.Failed("boom");
        };

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Failed);

        _world.PreparedWas.ShouldBe(["b gone"]);
    }

    [Theory]
    [InlineData(true, StepStatus.Succeeded, StepStatus.Skipped, StepStatus.Succeeded)]
    [InlineData(false, StepStatus.Skipped, StepStatus.Succeeded, StepStatus.Succeeded)]
    public async Task Step_runs_after_success_after_failure_or_always_as_it_says(bool succeeds, StepStatus onSuccess, StepStatus onFailure, StepStatus always)
    {
        _world.Pipeline = Some.Pipeline(
            Some.Task("load"), Some.Task("report", "load"), Some.Task("tell", "report") with { When = RunCondition.Failure }, new NoopStep("clean", ["report"]) { When = RunCondition.Always });
        if (!succeeds) _world.Doing["load"] = _ => World.Failed();

        var run = (await _world.RunAsync()).Value;

        (run.Step("report").Status, run.Step("tell").Status, run.Step("clean").Status).ShouldBe((onSuccess, onFailure, always));
        run.Status.ShouldBe(succeeds ? RunStatus.Succeeded : RunStatus.Failed);
    }

    [Theory]
    [InlineData(true, StepStatus.Succeeded, RunStatus.Succeeded)]
    [InlineData(false, StepStatus.Skipped, RunStatus.Succeeded)]
    [InlineData(null, StepStatus.Failed, RunStatus.Failed)]
    public async Task Step_with_a_condition_runs_is_skipped_or_fails_on_record_by_what_the_condition_says(bool? answer, StepStatus expected, RunStatus ended)
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load"), Some.Task("report", "load") with { Condition = new StepCondition("?", new HashSet<string>(), run => new ConditionAnswer(answer, $"load is {run.Step("load").Status}")) });

        var run = (await _world.RunAsync()).Value;

        (run.Step("report").Status, run.Status).ShouldBe((expected, ended));
        if (answer != true) run.Step("report").Message.ShouldBe("load is Succeeded");
        if (answer is null) run.Step("report").Code.ShouldBe("FX2032");
        var shown = (await _world.ShowRunAsync(run.RunId.ToString())).Value.State.Step("report");
        (shown.Status, shown.Message).ShouldBe((run.Step("report").Status, run.Step("report").Message));
    }

    [Fact]
    public async Task Step_that_fails_is_tried_again_as_often_as_it_says_and_each_time_is_on_record()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load") with { Retry = Thrice }, Some.Task("report", "load"));
        _world.Doing["load"] = request => request.Attempt < 3 ? World.Failed() : World.Succeeded();

        var run = (await _world.RunAsync()).Value;

        (run.Status, run.Step("load").Attempts).ShouldBe((RunStatus.Succeeded, 3));
        (await _world.TypesAsync(EventStreams.Run(run.RunId))).ShouldBe(
        [
            "PipelineStarted", "StepStarted", "StepFailed", "StepRetryScheduled", "StepStarted", "StepFailed", "StepRetryScheduled", "StepStarted", "StepSucceeded",
            "StepStarted", "StepSucceeded", "PipelineCompleted",
        ]);
        _world.Warnings.Count.ShouldBe(2);
        _world.Warnings[0].ShouldContain("attempt 2 of 3");
        _world.Seen.Count(seen => seen == "load Succeeded").ShouldBe(1);
    }

    [Fact]
    public async Task Step_that_fails_too_often_or_in_another_way_fails()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("often") with { Retry = Thrice }, Some.Task("otherwise") with { Retry = Thrice with { On = [PluginOutcome.Timeout] } });
        _world.Doing["often"] = _world.Doing["otherwise"] = _ => World.Failed();

        var run = (await _world.RunAsync()).Value;

        run.Status.ShouldBe(RunStatus.Failed);
        (run.Step("often").Attempts, run.Step("otherwise").Attempts).ShouldBe((3, 1));
    }

    [Fact]
    public async Task Wish_to_stop_ends_the_wait_for_the_next_attempt()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load") with { Retry = Thrice with { Initial = TimeSpan.FromDays(1), Max = TimeSpan.FromDays(1) } });
        _world.Doing["load"] = _ => World.Failed();
        var running = _world.RunAsync();
        while (_world.Warnings.Count == 0) await Task.Delay(1, TestContext.Current.CancellationToken);

        await _world.Stop.CancelAsync();

        var run = (await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Value;
        (run.Status, run.Step("load").Status).ShouldBe((RunStatus.Cancelled, StepStatus.Retrying));
    }

    [Fact]
    public async Task Step_that_takes_too_long_is_ended_and_fails_with_the_reason_and_may_be_tried_again()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load") with { Timeout = TimeSpan.FromMilliseconds(20), Retry = Thrice with { On = [PluginOutcome.Timeout] } });
        _world.Taking["load"] = async (request, stop) =>
        {
            if (request.Attempt > 1) return World.Succeeded();
            await Task.Delay(Timeout.Infinite, stop.Gently).ContinueWith(_ => { }, TaskScheduler.Default);
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        };

        var run = (await _world.RunAsync()).Value;

        run.Status.ShouldBe(RunStatus.Succeeded);
        var failed = (await _world.EventsAsync(EventStreams.Run(run.RunId))).OfType<StepFailed>().ShouldHaveSingleItem();
        (failed.Outcome, failed.Code).ShouldBe((PluginOutcome.Timeout, ErrorCodes.StepTimeout.Id));
        failed.Message.ShouldContain("timeout");
    }

    [Fact]
    public async Task What_is_known_together_is_stored_together()
    {
        _world.Pipeline = Some.Pipeline(new NoopStep("a", []), new NoopStep("b", ["a"]), new NoopStep("c", ["b"]));

        var run = (await _world.RunAsync()).Value;

        run.Status.ShouldBe(RunStatus.Succeeded);
        (await _world.TypesAsync(EventStreams.Run(run.RunId))).Count.ShouldBe(8);
    }
}
