using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Tests.Runs;

public sealed class RunSpec
{
    private static readonly Guid RunId = Guid.Parse("01980000-0000-7000-8000-000000000001");
    private static readonly PipelineStarted Started = new(RunId, "orders", 3, "hash", ["load", "report"], FullRefresh: false, Resumes: null);
    private static readonly PipelineQueued Queued = new(
        RunId, "orders", 3, "hash", new RunTrigger(TriggerKind.Webhook), new Dictionary<string, string>(StringComparer.Ordinal) { ["region"] = "eu" });

    private static readonly StepTally Moved = StepTally.Nothing with { Bytes = 12 };
    private static readonly StepStarted LoadStarted = new("load", 1);
    private static readonly StepSucceeded LoadSucceeded = new("load", 1, Moved, null);
    private static readonly StepFailed LoadFailed = new("load", 1, Moved, "tap-csv", PluginOutcome.ExitCode, "FX2001", "tap-csv ended with exit code 1");

    [Fact]
    public void Start_of_a_run_makes_its_steps_wait()
    {
        var run = Run.Start(Started with { Resumes = Guid.Empty, FullRefresh = true });

        run.Uncommitted.Count.ShouldBe(1);
        run.Version.ShouldBe(0);
        run.State.Status.ShouldBe(RunStatus.Running);
        (run.State.RunId, run.State.Pipeline, run.State.PipelineVersion, run.State.Resumes, run.State.FullRefresh).ShouldBe((RunId, "orders", 3, Guid.Empty, true));
        run.State.Steps.Select(step => (step.Id, step.Status)).ShouldBe([("load", StepStatus.Pending), ("report", StepStatus.Pending)]);
    }

    [Fact]
    public void Step_that_starts_is_on_its_first_attempt() =>
        Given(Started).When(run => run.StartStep("load").ShouldBe(1)).Then(LoadStarted);

    [Fact]
    public void Step_that_failed_can_be_tried_again_and_counts_its_attempts() =>
        Given(Started, LoadStarted, LoadFailed)
            .When(run =>
            {
                run.ScheduleRetry("load", TimeSpan.FromSeconds(1.5));
                run.StartStep("load").ShouldBe(2);
            })
            .Then(new StepRetryScheduled("load", 2, 1500), new StepStarted("load", 2));

    [Fact]
    public void Step_that_failed_for_good_is_not_begun_again() => Given(Started, LoadStarted, LoadFailed).IsRefused(run => run.StartStep("load"));

    [Fact]
    public void Run_does_not_end_while_a_step_waits_for_its_next_attempt() =>
        Given(Started, LoadStarted, LoadFailed, new StepRetryScheduled("load", 2, 1), new StepSkipped("report", null, NothingFailed: true)).IsRefused(run => run.Finish(1));

    [Fact]
    public void Step_that_succeeds_after_a_failure_keeps_nothing_of_the_failure()
    {
        var run = Run.From([Started, LoadStarted, LoadFailed, new StepStarted("load", 2), new StepSucceeded("load", 2, Moved, null)]);

        run.State.Step("load").ShouldBe(new StepState("load", StepStatus.Succeeded, 2, Moved, null, null, null));
    }

    [Fact]
    public void Step_that_has_left_files_says_so_before_it_has_succeeded()
    {
        Artifact[] left = [new Artifact("report.csv", 3, "c0ffee")];

        Given(Started, LoadStarted).When(run => run.SucceedStep("load", Moved, null, left)).Then(new ArtifactsKept("load", 1, left), LoadSucceeded);

        var run = Run.From([Started, LoadStarted, new ArtifactsKept("load", 1, left), LoadSucceeded]);
        run.State.Step("load").Artifacts.ShouldBe(left);
    }

    [Fact]
    public void Step_that_succeeds_says_what_it_moved() =>
        Given(Started, LoadStarted).When(run => run.SucceedStep("load", Moved, null, [])).Then(LoadSucceeded);

    [Fact]
    public void Step_that_fails_says_why()
    {
        var run = Given(Started, LoadStarted).When(run => run.FailStep("load", Moved, "tap-csv", PluginOutcome.ExitCode, "FX2001", LoadFailed.Message)).Then(LoadFailed);

        run.State.Step("load").ShouldBe(new StepState("load", StepStatus.Failed, 1, Moved, PluginOutcome.ExitCode, "FX2001", LoadFailed.Message));
    }

    [Fact]
    public void Step_whose_need_did_not_succeed_is_skipped_and_says_which()
    {
        var run = Given(Started, LoadStarted, LoadFailed).When(run => run.SkipStep("report", "load")).Then(new StepSkipped("report", "load"));

        run.State.Step("report").Message.ShouldBe("needs load");
    }

    [Fact]
    public void Run_whose_steps_all_succeeded_completes()
    {
        var run = Given(Started, LoadStarted, LoadSucceeded, new StepStarted("report", 1), new StepSucceeded("report", 1, Moved, null))
            .When(run => run.Finish(1234)).Then(new PipelineCompleted(1234));

        (run.State.Status, run.State.DurationMs, run.State.IsEnded).ShouldBe((RunStatus.Succeeded, 1234, true));
    }

    [Fact]
    public void Run_with_a_failed_step_fails_with_the_code_of_the_first_failure() =>
        Given(Started, LoadStarted, LoadFailed, new StepSkipped("report", "load"))
            .When(run => run.Finish(5)).Then(new PipelineFailed(5, "FX2001", "step load: tap-csv ended with exit code 1"));

    [Fact]
    public void Run_that_cannot_go_on_fails_whatever_its_steps_say()
    {
        var run = Given(Started, LoadStarted).When(run => run.Fail(7, "FX3004", "disk full")).Then(new PipelineFailed(7, "FX3004", "disk full"));

        (run.State.Status, run.State.Reason).ShouldBe((RunStatus.Failed, "disk full"));
    }

    [Fact]
    public void Run_that_is_cancelled_says_on_whose_wish()
    {
        var run = Given(Started, LoadStarted).When(run => run.Cancel(9, "SIGTERM")).Then(new PipelineCancelled(9, "SIGTERM"));

        (run.State.Status, run.State.DurationMs, run.State.Reason).ShouldBe((RunStatus.Cancelled, 9, "SIGTERM"));
    }

    [Fact]
    public void Run_whose_owner_is_gone_is_interrupted_and_says_who_noticed()
    {
        var run = Given(Started, LoadStarted).When(run => run.Interrupt("runs list")).Then(new PipelineInterrupted("runs list"));

        (run.State.Status, run.State.DurationMs, run.State.Reason).ShouldBe((RunStatus.Interrupted, null, "its process is gone, noticed by `runs list`"));
    }

    [Fact]
    public void Run_does_not_end_by_its_steps_while_one_of_them_waits_or_runs()
    {
        Given(Started, LoadStarted, LoadSucceeded).IsRefused(run => run.Finish(1));
        Given(Started, LoadStarted).IsRefused(run => run.Finish(1));
    }

    [Fact]
    public void Step_does_not_start_twice_or_after_it_succeeded_or_was_skipped()
    {
        Given(Started, LoadStarted).IsRefused(run => run.StartStep("load"));
        Given(Started, LoadStarted, LoadSucceeded).IsRefused(run => run.StartStep("load"));
        Given(Started, LoadStarted, LoadFailed, new StepSkipped("report", "load")).IsRefused(run => run.StartStep("report"));
    }

    [Fact]
    public void Step_does_not_end_before_it_started_or_twice()
    {
        Given(Started).IsRefused(run => run.SucceedStep("load", Moved, null, []));
        Given(Started).IsRefused(run => run.FailStep("load", Moved, null, PluginOutcome.Signal, "FX2003", "killed"));
        Given(Started, LoadStarted, LoadSucceeded).IsRefused(run => run.FailStep("load", Moved, null, PluginOutcome.Signal, "FX2003", "killed"));
        Given(Started, LoadStarted, LoadFailed).IsRefused(run => run.SucceedStep("load", Moved, null, []));
    }

    [Fact]
    public void Step_that_has_begun_is_not_skipped()
    {
        Given(Started, LoadStarted).IsRefused(run => run.SkipStep("load", "report"));
        Given(Started, LoadStarted, LoadFailed).IsRefused(run => run.SkipStep("load", "report"));
    }

    [Fact]
    public void Step_that_is_not_in_the_run_is_refused() => Given(Started).IsRefused(run => run.StartStep("nobody"));

    [Theory]
    [MemberData(nameof(Endings))]
    public void Run_that_has_ended_takes_nothing_more(IDomainEvent ending)
    {
        var ended = Given(Started, LoadStarted, ending);

        ended.IsRefused(run => run.StartStep("report"));
        ended.IsRefused(run => run.SucceedStep("load", Moved, null, []));
        ended.IsRefused(run => run.SkipStep("report", "load"));
        ended.IsRefused(run => run.Finish(1));
        ended.IsRefused(run => run.Fail(1, "FX9001", "?"));
        ended.IsRefused(run => run.Cancel(1, "?"));
        ended.IsRefused(run => run.Interrupt("?"));
    }

    public static TheoryData<IDomainEvent> Endings() =>
        [new PipelineCompleted(1), new PipelineFailed(1, "FX2001", "?"), new PipelineCancelled(1, "?"), new PipelineInterrupted("?")];

    [Fact]
    public void Version_counts_what_is_stored()
    {
        var run = Run.From([Started, LoadStarted]);
        run.Version.ShouldBe(2);

        run.SucceedStep("load", Moved, null, []);
        run.StartStep("report");
        (run.Version, run.Uncommitted.Count).ShouldBe((2, 2));

        run.MarkCommitted();
        (run.Version, run.Uncommitted.Count).ShouldBe((4, 0));
    }

    [Fact]
    public void Run_that_waits_begins_with_its_steps()
    {
        var run = Given(Queued).When(waiting => waiting.Begin(Started)).Then(Started);

        run.State.Status.ShouldBe(RunStatus.Running);
        run.State.Set["region"].ShouldBe("eu");
        run.State.Trigger.ShouldBe(Queued.Trigger);
    }

    [Fact]
    public void Run_that_waits_ends_at_once_when_it_is_not_wanted_any_more() =>
        Given(Queued).When(run => run.AskToStop("wrong day", isOwned: false).ShouldBeNull()).Then(new PipelineCancelled(0, "wrong day")).State.IsEnded.ShouldBeTrue();

    [Fact]
    public void Run_that_has_begun_is_asked_to_stop_once_and_ended_by_its_owner()
    {
        var run = Given(Started, LoadStarted)
            .When(running => running.AskToStop("wrong day", isOwned: true).ShouldBeNull())
            .When(running => running.AskToStop("again", isOwned: true).ShouldBeNull())
            .Then(new PipelineCancelRequested("wrong day"));

        run.State.Status.ShouldBe(RunStatus.Running);
        run.State.CancelRequested.ShouldBe("wrong day");
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void Run_that_has_ended_cannot_be_stopped(IDomainEvent ending) =>
        Given(Started, LoadStarted, ending).When(run => run.AskToStop("late", isOwned: true).ShouldNotBeNull().Code.ShouldBe(ErrorCodes.RunEnded)).Then();

    [Fact]
    public void Step_that_was_under_way_begins_again_on_the_node_that_goes_on_with_the_run() =>
        Given(Started, LoadStarted).When(run => run.Resume("node-b", 2)).When(run => run.StartStep("load").ShouldBe(2)).Then(new RunResumed("node-b", 2), new StepStarted("load", 2));

    [Fact]
    public void Attempts_that_lost_nodes_have_left_open_are_counted_apart_from_those_that_failed() =>
        Run.From([Started, LoadStarted, new RunResumed("node-b", 2), new StepStarted("load", 2), new RunResumed("node-c", 3)]).State.Step("load").LeftOpen.ShouldBe(2);

    [Fact]
    public void Run_that_waits_can_fail_without_having_begun() =>
        Given(Queued).When(run => run.Fail(0, "FX1020", "no plugin")).Then(new PipelineFailed(0, "FX1020", "no plugin"));

    [Fact]
    public void Step_that_is_kept_counts_as_one_that_has_succeeded()
    {
        var step = Given(Started).When(run => run.KeepStep("load", RunId, Moved, null)).Then(new StepKept("load", RunId, Moved, null)).State.Step("load");

        (step.Status, step.IsKept).ShouldBe((StepStatus.Succeeded, true));
    }

    [Fact]
    public void Owner_takes_in_a_wish_to_stop_under_what_it_has_not_stored_yet()
    {
        var run = Run.From([Started, LoadStarted]);
        run.SucceedStep("load", Moved, null, []);

        run.TryFollow([new PipelineCancelRequested("wrong day")]).ShouldBeTrue();

        (run.Version, run.Uncommitted.Count, run.State.CancelRequested).ShouldBe((3, 1, "wrong day"));
    }

    [Fact]
    public void Owner_lets_go_of_a_run_with_which_another_node_goes_on() =>
        Run.From([Started, LoadStarted]).TryFollow([new RunResumed("node-b", 2)]).ShouldBeFalse();

    [Fact]
    public void Event_of_something_else_is_not_folded_into_a_run() =>
        Should.Throw<InvalidOperationException>(() => Run.From([Started, new PluginLimitHit("memory", 1)])).Message.ShouldContain(nameof(PluginLimitHit));

    private static Story Given(params IDomainEvent[] history) => new(history);

    private sealed class Story(IDomainEvent[] history)
    {
        private readonly Run _run = Run.From(history);

        public Story When(Action<Run> command)
        {
            command(_run);
            return this;
        }

        public Run Then(params IDomainEvent[] events)
        {
            _run.Uncommitted.ShouldBe(events);
            return _run;
        }

        public void IsRefused(Action<Run> command)
        {
            var before = _run.State;
            Should.Throw<InvalidOperationException>(() => command(_run));
            _run.Uncommitted.ShouldBeEmpty();
            _run.State.ShouldBeSameAs(before);
        }
    }
}
