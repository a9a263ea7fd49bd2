using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

public sealed class RunPipelineTests : IAsyncLifetime
{
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Run_is_recorded_step_by_step_in_order()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("report", "load"), Some.Task("load"), new NoopStep("pause", ["report"]));

        var run = (await _world.RunAsync(fullRefresh: true)).Value;

        (run.Status, run.FullRefresh, run.PipelineVersion).ShouldBe((RunStatus.Succeeded, true, 1));
        var events = await _world.EventsAsync(EventStreams.Run(run.RunId));
        events.Select(@event => @event switch
        {
            StepStarted started => $"{started.Step} started",
            StepSucceeded succeeded => $"{succeeded.Step} succeeded",
            _ => @event.GetType().Name,
        }).ShouldBe(["PipelineStarted", "load started", "load succeeded", "report started", "report succeeded", "pause started", "pause succeeded", "PipelineCompleted"]);
        events[0].ShouldBeOfType<PipelineStarted>().Steps.ShouldBe(["load", "report", "pause"]);
        _world.Seen.ShouldBe(
            ["run started, report: report read /data; load: report read /data", "load started", "load Succeeded", "report started", "report Succeeded", "pause started", "pause Succeeded"]);
    }

    [Fact]
    public async Task Later_step_is_told_what_the_earlier_ones_left()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load"), Some.Task("report", "load"));
        _world.Doing["load"] = _ => World.Succeeded("""{"rows":5}""");

        await _world.RunAsync();

        var earlier = _world.Attempts[1].Earlier.ShouldHaveSingleItem();
        (earlier.Id, earlier.Status, earlier.Records["orders"], earlier.Output!.Value.GetRawText()).ShouldBe(("load", StepStatus.Succeeded, 5, """{"rows":5}"""));
        _world.Attempts.ShouldAllBe(attempt => attempt.Attempt == 1 && !attempt.FullRefresh);
    }

    [Fact]
    public async Task Failing_step_skips_what_needs_it_and_leaves_the_rest_running()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load"), Some.Task("report", "load"), Some.Task("mail", "report"), Some.Task("other"));
        _world.Doing["load"] = _ => World.Failed();

        var run = (await _world.RunAsync()).Value;

        run.Steps.Select(step => (step.Id, step.Status)).ShouldBe(
            [("load", StepStatus.Failed), ("report", StepStatus.Skipped), ("mail", StepStatus.Skipped), ("other", StepStatus.Succeeded)], ignoreOrder: true);
        (run.Step("report").Message, run.Step("mail").Message).ShouldBe(("needs load", "needs report"));
        (run.Status, run.Reason).ShouldBe((RunStatus.Failed, "step load: report ended with exit code 1"));
        _world.Attempts.Select(attempt => attempt.Step.Id).ShouldBe(["load", "other"]);
    }

    [Fact]
    public async Task Step_that_meets_a_broken_world_fails_with_its_code()
    {
        _world.Doing["load"] = _ => throw new FlexCoreException(new Error(ErrorCodes.DiskFull, "the disk is full"));

        var run = (await _world.RunAsync()).Value;

        (run.Status, run.Step("load").Code, run.Step("load").Message).ShouldBe((RunStatus.Failed, "FX3004", "the disk is full"));
    }

    [Fact]
    public async Task Run_that_is_stopped_is_cancelled_and_starts_nothing_more()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load"), Some.Task("other")) with { Parallel = 1 };
        _world.Doing["load"] = _ =>
        {
            _world.Stop.Cancel();
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, "FX2009", "stopped by a signal"), null);
        };

        var run = (await _world.RunAsync()).Value;

        (run.Status, run.Reason, run.Step("other").Status).ShouldBe((RunStatus.Cancelled, "stopped by a signal", StepStatus.Pending));
        (await _world.TypesAsync(EventStreams.Run(run.RunId))).ShouldBe(["PipelineStarted", "StepStarted", "StepFailed", "PipelineCancelled"]);
    }

    [Fact]
    public async Task Pipeline_with_errors_starts_nothing_and_leaves_nothing()
    {
        _world.Pipeline = new[] { new Error(ErrorCodes.UnknownKey, "one"), new Error(ErrorCodes.MissingKey, "two") };

        var result = await _world.RunAsync();

        result.Errors.Select(error => error.Message).ShouldBe(["one", "two"]);
        (await _world.Log.ReadLogAsync(new EventQuery(0, 10), TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pipeline_that_runs_already_is_refused_with_the_other_runs_id()
    {
        var other = Guid.CreateVersion7();
        await using var held = await _world.HoldAsync(other);

        var error = (await _world.RunAsync()).Errors.ShouldHaveSingleItem();

        (error.Code, error.Message).ShouldBe((ErrorCodes.PipelineAlreadyRunning, $"pipeline orders is running already as run {other}"));
        _world.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pipeline_is_free_again_after_its_run()
    {
        await _world.RunAsync();

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
        _world.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_that_was_killed_is_ended_by_the_next_which_names_it_as_its_cause()
    {
        var killed = await _world.LeaveInterruptedRunAsync(new StepStarted("load", 1));

        var run = (await _world.RunAsync()).Value;

        (await _world.EventsAsync(EventStreams.Run(killed)))[^1].ShouldBe(new PipelineInterrupted("run"));
        (run.Status, run.Resumes).ShouldBe((RunStatus.Succeeded, killed));
        _world.Warnings.ShouldHaveSingleItem().ShouldContain(killed.ToString());
        var started = (await _world.Log.ReadLogAsync(new EventQuery(0, 100, Stream: EventStreams.Run(run.RunId)), TestContext.Current.CancellationToken))[0];
        started.Metadata.GetProperty("causation_id").GetGuid().ShouldBe(killed);
        started.Metadata.GetProperty("correlation_id").GetGuid().ShouldBe(run.RunId);
    }

    [Fact]
    public async Task Run_that_was_killed_before_its_first_event_leaves_nothing_to_end()
    {
        await (await _world.HoldAsync(Guid.CreateVersion7())).DisposeAsync();

        (await _world.RunAsync()).Value.Resumes.ShouldBeNull();
        _world.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Definition_is_recorded_once_and_again_when_it_changed()
    {
        var pipeline = _world.Pipeline.Value;
        (await _world.RunAsync()).Value.PipelineVersion.ShouldBe(1);
        (await _world.RunAsync()).Value.PipelineVersion.ShouldBe(1);
        _world.Pipeline = pipeline with { Hash = "two" };
        (await _world.RunAsync()).Value.PipelineVersion.ShouldBe(2);

        (await _world.TypesAsync(EventStreams.Pipeline("orders"))).ShouldBe(["PipelineCreated", "PipelineRevised"]);
        _world.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Second_file_of_the_same_name_is_warned_of()
    {
        await _world.RunAsync();
        _world.Pipeline = _world.Pipeline.Value with { File = "/work/copy.yaml" };

        await _world.RunAsync();

        _world.Warnings.ShouldHaveSingleItem().ShouldBe("the pipeline orders was last run from /work/orders.yaml; both files share its state");
    }

    [Fact]
    public async Task Grant_is_recorded_when_it_is_new_for_its_place()
    {
        await _world.RunAsync();
        await _world.RunAsync();
        var wider = Some.Task("load") with { Plugin = Some.Use(new Grant(["/data", "/more"], [], [])) };
        _world.Pipeline = Some.Pipeline(wider, Some.Task("again"));
        await _world.RunAsync();
        await _world.RunAsync();

        (await _world.EventsAsync(EventStreams.Plugin("report"))).Cast<PluginCapabilityGranted>().Select(granted => $"{granted.Step}: {granted.Grant}")
            .ShouldBe(["load: read /data", "load: read /data, read /more", "again: read /data"]);
    }

    [Fact]
    public async Task Machine_without_isolation_starts_nothing_and_puts_the_refusal_on_record()
    {
        _world.Features.Add(new HostFeature("seccomp", IsPresent: false, IsRequired: true, "not in this kernel", "Use another kernel."));
        _world.Features.Add(new HostFeature("cgroup", IsPresent: false, IsRequired: false, "no delegation", null));
        _world.ProcessFeatures.Add(new HostFeature("landlock", IsPresent: false, IsRequired: true, "not in this kernel", null));

        var error = (await _world.RunAsync()).Errors.ShouldHaveSingleItem();

        (error.Code, error.Code.ExitCode, error.Remedy).ShouldBe((ErrorCodes.IsolationUnavailable, 3, "Use another kernel."));
        error.Message.ShouldContain("seccomp: not in this kernel");
        _world.Attempts.ShouldBeEmpty();
        var refused = (await _world.EventsAsync(EventStreams.Plugin("report"))).ShouldHaveSingleItem().ShouldBeOfType<PluginRefused>();
        (refused.Pipeline, refused.Missing.ShouldHaveSingleItem()).ShouldBe(("orders", "seccomp"));
        (await _world.TypesAsync(EventStreams.Pipeline("orders"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_machine_offers_is_recorded_when_it_changed()
    {
        await _world.RunAsync();
        await _world.RunAsync();
        _world.Features.Add(new HostFeature("cgroup", IsPresent: false, IsRequired: false, "no delegation", null));
        await _world.RunAsync();

        (await _world.EventsAsync(EventStreams.Node(Environment.MachineName))).Cast<IsolationProbed>().Select(probed => (probed.Level, string.Join(',', probed.Missing)))
            .ShouldBe([("sandbox", ""), ("sandbox", "cgroup")]);
    }

    [Fact]
    public async Task Pipeline_without_plugins_needs_no_isolation()
    {
        _world.Features.Add(new HostFeature("seccomp", IsPresent: false, IsRequired: true, "not in this kernel", null));
        _world.Pipeline = Some.Pipeline(new NoopStep("pause", []));

        (await _world.RunAsync()).Value.Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Run_that_somebody_else_has_ended_goes_on_no_further_here()
    {
        _world.Doing["load"] = request =>
        {
            _world.Log.AppendAsync(EventStreams.Run(request.RunId), null, [new PipelineInterrupted("somebody else")], request.Context, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return World.Succeeded();
        };

        (await Should.ThrowAsync<FlexCoreException>(_world.RunAsync())).Error.Code.ShouldBe(ErrorCodes.LockLost);
    }
}
