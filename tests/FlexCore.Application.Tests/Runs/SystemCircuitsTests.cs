using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

/// <summary>What a process does with systems that keep failing.</summary>
public sealed class SystemCircuitsTests : IAsyncLifetime
{
    private const string Shop = "shop.example.com:443";
    private const string Files = "files.example.com:22";

    private World _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        _world.Circuit = new CircuitRule(2, TimeSpan.FromMinutes(1));
        _world.Pipeline = Some.Pipeline(Uses("load", Shop));
        _world.Doing["load"] = _ => World.Failed();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task System_with_which_too_many_runs_have_failed_is_left_alone_until_the_cool_down_is_over()
    {
        await _world.RunAsync();
        await _world.RunAsync();

        var refused = (await _world.RunAsync()).Value.Step("load");

        _world.Attempts.Count.ShouldBe(2);
        (refused.Status, refused.Code, refused.Outcome).ShouldBe((StepStatus.Failed, "FX5002", PluginOutcome.ExitCode));
        refused.Message!.ShouldMatch(@"^shop\.example\.com:443 is left alone for (60|59\.\d) s: 2 attempts in a row have failed that use it$");
        _world.Warnings.ShouldHaveSingleItem().ShouldBe("shop.example.com:443 is left alone for 60 s: 2 attempts in a row have failed that use it");

        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Doing["load"] = _ => World.Succeeded();
        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
        (await _world.TypesAsync(EventStreams.Circuit(Shop))).ShouldBe(["CircuitOpened", "CircuitClosed"]);
    }

    [Fact]
    public async Task System_that_a_step_inside_the_runtime_uses_is_left_alone_like_those_of_plugins()
    {
        _world.Pipeline = Some.Pipeline(new BuiltInStep("load", [], BuiltInKind.Http, default) { Systems = [Shop] });
        await _world.RunAsync();
        await _world.RunAsync();

        (await _world.RunAsync()).Value.Step("load").Code.ShouldBe("FX5002");

        _world.Attempts.Count.ShouldBe(2);
        (await _world.TypesAsync(EventStreams.Circuit(Shop))).ShouldBe(["CircuitOpened"]);
    }

    [Fact]
    public async Task One_attempt_tries_the_system_again_while_the_others_are_refused()
    {
        await _world.RunAsync();
        await _world.RunAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        var (tried, others) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Pipeline = Some.Pipeline(Uses("first", Shop), Uses("second", Shop));
        _world.Taking["first"] = async (_, _) =>
        {
            tried.SetResult();
            await others.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return World.Failed();
        };
        var running = _world.RunAsync();
        await tried.Task;
        while (!_world.Seen.Contains("second Failed")) await Task.Delay(1, TestContext.Current.CancellationToken);
        others.SetResult();

        var run = (await running).Value;

        (run.Step("first").Code, run.Step("second").Code).ShouldBe(("FX2001", "FX5002"));
        (await _world.TypesAsync(EventStreams.Circuit(Shop))).ShouldBe(["CircuitOpened"]);
    }

    [Fact]
    public async Task Next_attempt_of_a_step_comes_when_the_cool_down_is_over()
    {
        _world.Circuit = new CircuitRule(2, TimeSpan.FromMilliseconds(300));
        _world.Pipeline = Some.Pipeline(Uses("load", Shop) with { Retry = new RetryPolicy { Attempts = 4, Initial = TimeSpan.FromMilliseconds(1), On = [PluginOutcome.ExitCode] } });

        var run = (await _world.RunAsync()).Value;

        var pauses = (await _world.EventsAsync(EventStreams.Run(run.RunId))).OfType<StepRetryScheduled>().Select(retry => retry.DelayMs).ToList();
        pauses[0].ShouldBeLessThan(10);
        pauses[1].ShouldBeInRange(200, 305);
        pauses[2].ShouldBeInRange(200, 305);
        (run.Step("load").Code, run.Step("load").Attempts).ShouldBe(("FX2001", 4));
    }

    [Fact]
    public async Task Failure_of_one_plugin_says_nothing_of_the_systems_of_another()
    {
        _world.Pipeline = Some.Pipeline(new SyncStep("sync", [], Use("tap", Shop), [], [], [Use("target", Files)], Validation.None), Uses("load", Shop), Uses("put", Files));
        _world.Doing["sync"] = _ => new StepResult(StepTally.Nothing, new StepFailure("target", PluginOutcome.ExitCode, "FX2001", "target ended with exit code 1"), null);
        _world.Doing["load"] = _ => World.Succeeded();
        _world.Doing["put"] = _ => new StepResult(StepTally.Nothing, new StepFailure("report", PluginOutcome.OutOfMemory, "FX2006", "report used too much memory"), null);

        await _world.RunAsync();
        await _world.RunAsync();
        var run = (await _world.RunAsync()).Value;

        (run.Step("sync").Code, run.Step("load").Status, run.Step("put").Code).ShouldBe(("FX5002", StepStatus.Succeeded, "FX5002"));
        (await _world.EventsAsync(EventStreams.Circuit(Shop))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Steps_without_a_system_and_all_where_the_operator_wants_it_fail_as_often_as_they_do()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load"));
        for (var n = 0; n < 4; n++) (await _world.RunAsync()).Value.Step("load").Code.ShouldBe("FX2001");

        await using var other = await World.CreateAsync();
        other.Circuit = new CircuitRule(0, TimeSpan.FromMinutes(1));
        other.Pipeline = Some.Pipeline(Uses("load", Shop));
        other.Doing["load"] = _ => World.Failed();
        for (var n = 0; n < 4; n++) (await other.RunAsync()).Value.Step("load").Code.ShouldBe("FX2001");
    }

    [Fact]
    public async Task Rule_that_changes_while_the_process_runs_holds_from_the_next_attempt_on()
    {
        await _world.RunAsync();
        await _world.RunAsync();
        (await _world.RunAsync()).Value.Step("load").Code.ShouldBe("FX5002");

        _world.Circuit = new CircuitRule(0, TimeSpan.FromMinutes(1));
        (await _world.RunAsync()).Value.Step("load").Code.ShouldBe("FX2001");
        _world.Circuit = new CircuitRule(2, TimeSpan.FromMinutes(5));
        (await _world.RunAsync()).Value.Step("load").Message!.ShouldMatch("is left alone for (300|29[0-9](\\.[0-9])?) s"); // a moment less, when the machine is busy
    }

    [Theory]
    [InlineData("circuit_breaker.failures", "-1", "'circuit_breaker.failures' must be a whole number from 0 (never) to 1000")]
    [InlineData("circuit_breaker.cooldown", "soon", "'circuit_breaker.cooldown' must be a duration such as 500ms, 5s, 10m or 1h")]
    [InlineData("circuit_breaker.after", "1", "'circuit_breaker.after' is not a known setting; known: circuit_breaker.failures, circuit_breaker.cooldown")]
    public void Setting_that_makes_no_sense_is_refused(string key, string value, string message) =>
        ProjectSettings.Read([new Setting(key, value, key)]).Errors.ShouldHaveSingleItem().Message.ShouldBe(message);

    [Fact]
    public void Settings_say_after_how_many_failures_and_for_how_long()
    {
        ProjectSettings.Read([]).Value.Circuit.ShouldBe(new CircuitRule(5, TimeSpan.FromSeconds(30)));
        ProjectSettings.Read([new Setting("circuit_breaker.failures", "3", ""), new Setting("circuit_breaker.cooldown", "2m", "")]).Value.Circuit.ShouldBe(new CircuitRule(3, TimeSpan.FromMinutes(2)));
    }

    private static TaskStep Uses(string id, string system) => new(id, [], Use("report", system), []);

    private static PluginUse Use(string plugin, string system) => Some.Use(new Grant([], [], [], [system]), plugin);
}
