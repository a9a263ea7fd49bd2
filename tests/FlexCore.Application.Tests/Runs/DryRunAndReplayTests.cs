using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Runs;

public sealed class DryRunAndReplayTests : IAsyncLifetime
{
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Dry_run_passes_tasks_over_and_goes_on_with_what_needs_them()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("before"), Some.Sync("load"), Some.Task("report", "load"), new NoopStep("last", ["report"]));

        var run = (await _world.RunAsync(isDryRun: true)).Value;

        (run.Status, run.IsDryRun).ShouldBe((RunStatus.Succeeded, true));
        run.Steps.Select(step => (step.Id, step.Status)).ShouldBe([("before", StepStatus.Skipped), ("load", StepStatus.Succeeded), ("report", StepStatus.Skipped), ("last", StepStatus.Succeeded)]);
        run.Step("report").Message.ShouldBe("tasks do not run in a dry run");
        _world.Attempts.ShouldHaveSingleItem().IsDryRun.ShouldBeTrue();
    }

    [Fact]
    public async Task Step_that_fails_in_a_dry_run_blocks_what_needs_it_even_behind_a_task()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("before"), Some.Sync("load"), Some.Task("report", "load"), new NoopStep("last", ["report"]), new NoopStep("free", ["before"]));
        _world.Doing["load"] = _ => World.Failed();

        var run = (await _world.RunAsync(isDryRun: true)).Value;

        run.Status.ShouldBe(RunStatus.Failed);
        run.Steps.ToDictionary(step => step.Id, step => (step.Status, step.Message)).ShouldBe(new Dictionary<string, (StepStatus, string?)>
        {
            ["before"] = (StepStatus.Skipped, "tasks do not run in a dry run"),
            ["load"] = (StepStatus.Failed, "report ended with exit code 1"),
            ["report"] = (StepStatus.Skipped, "needs load"),
            ["last"] = (StepStatus.Skipped, "needs report"),
            ["free"] = (StepStatus.Succeeded, null),
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task Task_is_never_passed_over_in_a_run_that_is_not_dry()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("before"), Some.Sync("load"));

        (await _world.RunAsync()).Value.Steps.ShouldAllBe(step => step.Status == StepStatus.Succeeded && !step.IsPassedOver);
    }

    [Fact]
    public async Task Replay_runs_its_step_alone_whatever_that_needs_and_says_how_many_letters_it_sends()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("before"), Some.Sync("load"), Some.Sync("other"));
        StepReplay request = new("load", 0, [Guid.NewGuid(), Guid.NewGuid()]);

        var run = (await _world.RunAsync(replay: request)).Value;

        (run.Status, run.Replays, run.Steps.ShouldHaveSingleItem().Id).ShouldBe((RunStatus.Succeeded, 2, "load"));
        _world.Attempts.ShouldHaveSingleItem().Replay.ShouldBe(request);
        (await _world.EventsAsync(EventStreams.Run(run.RunId)))[0].ShouldBeOfType<PipelineStarted>().Replays.ShouldBe(2);
    }

    [Fact]
    public async Task Replay_waits_for_no_run_of_the_same_pipeline_and_disturbs_none()
    {
        _world.Pipeline = Some.Pipeline(Some.Sync("load"));
        await using var held = await _world.HoldAsync(Guid.CreateVersion7());

        (await _world.RunAsync(replay: new StepReplay("load", 0, [Guid.NewGuid()]))).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PipelineAlreadyRunning);

        _world.Attempts.ShouldBeEmpty();
    }
}
