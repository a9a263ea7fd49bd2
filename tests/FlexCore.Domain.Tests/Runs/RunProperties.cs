using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Runs;

public sealed class RunProperties
{
    private static readonly string[] Steps = ["a", "b", "c"];

    private static readonly Action<Run, string>[] StepCommands =
    [
        (run, step) => run.StartStep(step),
        (run, step) => run.StartSubRun(step, Guid.Empty, "other"),
        (run, step) => run.SucceedStep(step, StepTally.Nothing, null, []),
        (run, step) => run.FailStep(step, StepTally.Nothing, null, PluginOutcome.ExitCode, "FX2001", "failed"),
        (run, step) => run.ScheduleRetry(step, TimeSpan.FromSeconds(1)),
        (run, step) => run.SkipStep(step, "a"),
        (run, step) => run.KeepStep(step, Guid.Empty, StepTally.Nothing, null),
        (run, _) => run.Resume("node-2", 2),
        (run, _) => run.AskToStop("wish", isOwned: true),
        (run, _) => run.MarkCommitted(),
    ];

    // Refused until all steps have ended, so it may be tried often.
    private static readonly Action<Run, string>[] Finishing = [(run, _) => run.Finish(1)];

    private static readonly Action<Run, string>[] Endings =
    [
        (run, _) => run.Fail(1, "FX9001", "cannot go on"),
        (run, _) => run.Cancel(1, "wish"),
        (run, _) => run.Interrupt("test"),
    ];

    private static readonly Config ManyTests = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static Gen<(Action<Run, string> Command, string Step)[]> Commands =>
        Gen.Frequency((100, Gen.Elements(StepCommands)), (20, Gen.Elements(Finishing)), (1, Gen.Elements(Endings))).Zip(Gen.Elements(Steps)).Select(pair => (pair.Item1, pair.Item2)).ArrayOf(60);

    [Fact]
    public void Run_ends_once_and_stays_as_it_ended_for_any_sequence_of_commands() =>
        Check.One(ManyTests, Prop.ForAll(Commands.ToArbitrary(), commands =>
        {
            RunState? end = null;
            foreach (var (run, _) in Play(commands))
            {
                if (end is not null) run.State.ShouldBeSameAs(end);
                if (run.State.IsEnded) end = run.State;
            }
        }));

    [Fact]
    public void Version_and_what_is_uncommitted_count_the_decisions_for_any_sequence_of_commands() =>
        Check.One(ManyTests, Prop.ForAll(Commands.ToArbitrary(), commands =>
        {
            foreach (var (run, decided) in Play(commands)) (run.Version + run.Uncommitted.Count).ShouldBe(decided.Count);
        }));

    [Fact]
    public void Run_rebuilt_from_its_events_is_the_same_for_any_sequence_of_commands() =>
        Check.One(ManyTests, Prop.ForAll(Commands.ToArbitrary(), commands =>
        {
            var (run, decided) = Play(commands).Last();
            var rebuilt = Run.From(decided);

            rebuilt.Version.ShouldBe(decided.Count);
            (rebuilt.State with { Steps = [] }).ShouldBe(run.State with { Steps = [] });
            rebuilt.State.Steps.ShouldBe(run.State.Steps);
        }));

    [Fact]
    public void Run_that_succeeded_has_only_steps_that_succeeded_or_were_skipped_for_any_sequence_of_commands()
    {
        var succeeded = 0;
        Check.One(ManyTests, Prop.ForAll(Commands.ToArbitrary(), commands =>
        {
            var state = Play(commands).Last().Run.State;
            if (state.Status != RunStatus.Succeeded) return;
            succeeded++;
            state.Steps.ShouldAllBe(step => step.Status == StepStatus.Succeeded || step.Status == StepStatus.Skipped);
        }));
        succeeded.ShouldBeGreaterThan(0);
    }

    /// <summary>Plays the commands; those that are refused change nothing. Yields the run after each, and all that it has decided.</summary>
    private static IEnumerable<(Run Run, IReadOnlyList<IDomainEvent> Decided)> Play((Action<Run, string> Command, string Step)[] commands)
    {
        var run = Run.Queue(new PipelineQueued(Guid.Empty, "p", 1, "hash", RunTrigger.Manual, new Dictionary<string, string>(StringComparer.Ordinal)));
        run.Begin(new PipelineStarted(Guid.Empty, "p", 1, "hash", Steps, FullRefresh: false, Resumes: null));
        List<IDomainEvent> decided = [.. run.Uncommitted];
        yield return (run, decided);
        foreach (var (command, step) in commands)
        {
            var before = run.Uncommitted.Count;
            try
            {
                command(run, step);
            }
            catch (InvalidOperationException)
            {
                run.Uncommitted.Count.ShouldBe(before);
            }

            if (run.Uncommitted.Count > before) decided.Add(run.Uncommitted[^1]);
            yield return (run, decided);
        }
    }
}
