using FlexCore.Application.DeadLetters;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.DeadLetters;

public sealed class DeadLetterUseCasesTests : IAsyncLifetime
{
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SelectDeadLetters Select => new(_world.DeadLetters);

    private DiscardDeadLettersHandler Discard => new(_world.DeadLetters, _world.Log);

    private ReplayDeadLetters Replay => new(_world.DeadLetters, _world.Log, _ => _world.RunPipeline);

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        _world.Pipeline = Some.Pipeline(Some.Task("before"), Some.Sync("load", new MapperStage(Some.Use(new([], [], []), "mapper")), new MapStage(new RecordMap { Stream = "s" })), Some.Sync("other"));
        await _world.RunAsync();
        _world.Attempts.Clear();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Letter_is_found_by_its_id_or_the_end_of_it_and_never_by_a_guess()
    {
        var letters = await _world.KeepAsync(Some.Letter() with { Id = Guid.Parse("01900000-0000-7000-8000-0000000000aa") }, Some.Letter() with { Id = Guid.Parse("01900000-0000-7000-8000-0000000001aa") });

        foreach (var id in (string[])[letters[1].Id.ToString(), letters[1].Id.ToString()[^6..].ToUpperInvariant()]) (await Select.HandleAsync(new ShowDeadLetter(id), Some.Caller, Token)).Value.Id.ShouldBe(letters[1].Id);
        foreach (var id in (string[])["aa", "", "nothing", Guid.NewGuid().ToString(), "%", "\u001b[2J"])
        {
            var error = (await Select.HandleAsync(new ShowDeadLetter(id), Some.Caller, Token)).Errors.ShouldHaveSingleItem();
            (error.Code, error.Message.Contains('\u001b', StringComparison.Ordinal)).ShouldBe((ErrorCodes.NotFound, false), id);
        }
    }

    [Fact]
    public async Task Discarding_ends_open_and_replayed_ones_and_puts_each_on_record_with_its_step()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(), Some.Letter(step: "other"), Some.Letter());
        var run = Guid.NewGuid();
        await _world.DeadLetters.EndAsync([letters[1].Id], DeadLetterStatus.Replayed, run, Token);
        await _world.DeadLetters.EndAsync([letters[3].Id], DeadLetterStatus.Discarded, null, Token);
        foreach (var index in (int[])[1, 3]) letters[index] = (await _world.DeadLetters.FindAsync(letters[index].Id, Token))!;

        (await Discard.HandleAsync(new DiscardDeadLetters([.. letters.Select(letter => letter.Id)]), Some.Caller, Token)).Value.ShouldBe(3);

        (await _world.StatusesAsync(letters)).ShouldAllBe(status => status == DeadLetterStatus.Discarded);
        var replayed = (await _world.DeadLetters.FindAsync(letters[1].Id, Token))!;
        (replayed.Raw.Length, replayed.ReplayedBy).ShouldBe((0, run));
        (await _world.EventsAsync(EventStreams.DeadLetters("orders", "load"))).ShouldHaveSingleItem().ShouldBeOfType<DeadLettersDiscarded>().Letters.ShouldBe([letters[0].Id, letters[1].Id]);
        (await _world.EventsAsync(EventStreams.DeadLetters("orders", "other"))).ShouldHaveSingleItem().ShouldBeOfType<DeadLettersDiscarded>().Letters.ShouldBe([letters[2].Id]);
    }

    [Fact]
    public async Task Replay_makes_one_run_for_each_place_and_counts_what_the_targets_took()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(stage: 1), Some.Letter(), Some.Letter(step: "other"), Some.Letter() with { IsMasked = true }, Some.Letter() with { Length = 100_000 });
        foreach (var step in (string[])["load", "other"]) _world.Doing[step] = request => Take(request, except: letters[2].Id);

        var report = await ReplayAsync(letters);

        (report.Runs.Count, report.Replayed, report.StillOpen, report.NotReplayable).ShouldBe((3, 3, 1, 2));
        _world.Attempts.Select(attempt => (attempt.Step.Id, attempt.Replay!.Stage, attempt.Replay.Letters.Count)).ShouldBe([("load", 0, 2), ("load", 1, 1), ("other", 0, 1)]);
    }

    [Fact]
    public async Task Replay_whose_run_fails_leaves_all_open()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter());
        _world.Doing["load"] = _ => World.Failed();

        var report = await ReplayAsync(letters);

        (report.Runs[0].Status, report.Replayed, report.StillOpen).ShouldBe((RunStatus.Failed, 0, 2));
    }

    [Fact]
    public async Task Letters_that_a_replay_makes_are_counted()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter());
        _world.Doing["load"] = request =>
        {
            _world.KeepAsync(Some.Letter(stage: 1) with { RunId = request.RunId }).GetAwaiter().GetResult();
            return Take(request, except: Guid.Empty);
        };

        var report = await ReplayAsync(letters);

        (report.Replayed, report.StillOpen, report.Anew).ShouldBe((2, 0, 1));
    }

    [Fact]
    public async Task Replay_that_is_stopped_begins_no_further_run()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(step: "other"));
        _world.Doing["load"] = _ =>
        {
            _world.Stop.Cancel();
            return new StepResult(StepTally.Nothing, new StepFailure(null, Domain.Plugins.PluginOutcome.Cancelled, "FX2009", "stopped by a signal"), null);
        };

        var report = await ReplayAsync(letters);

        (report.Runs.ShouldHaveSingleItem().Status, report.Replayed, report.StillOpen).ShouldBe((RunStatus.Cancelled, 0, 2));
    }

    [Theory]
    [InlineData("gone", 0, "pipeline orders has no sync 'gone' any more")]
    [InlineData("before", 0, "pipeline orders has no sync 'before' any more")]
    [InlineData("load", 2, "has no mapper any more whose output goes on at stage 2")]
    [InlineData("load", 9, "has no mapper any more whose output goes on at stage 9")]
    public async Task Place_that_the_pipeline_no_longer_has_is_an_error_and_starts_nothing(string step, int stage, string message)
    {
        var letters = await _world.KeepAsync(Some.Letter(step: step, stage: stage));

        (await ReplayAsync(letters)).Failures.ShouldHaveSingleItem().Message.ShouldContain(message);

        _world.Attempts.ShouldBeEmpty();
        (await _world.StatusesAsync(letters)).ShouldBe([DeadLetterStatus.Open]);
    }

    [Fact]
    public async Task Pipeline_that_never_ran_here_cannot_be_replayed()
    {
        var letters = await _world.KeepAsync(Some.Letter(pipeline: "unknown"));

        (await ReplayAsync(letters)).Failures.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Pipeline_that_cannot_be_replayed_does_not_stop_the_others_and_is_told_once()
    {
        var letters = await _world.KeepAsync(Some.Letter(pipeline: "unknown"), Some.Letter(pipeline: "unknown", stage: 1), Some.Letter());
        _world.Doing["load"] = request => Take(request, except: Guid.Empty);

        var report = await ReplayAsync(letters);

        (report.Runs.Count, report.Replayed, report.StillOpen, report.Failures.Count).ShouldBe((1, 1, 2, 1));
        (await _world.StatusesAsync(letters)).ShouldBe([DeadLetterStatus.Open, DeadLetterStatus.Open, DeadLetterStatus.Replayed]);
    }

    [Fact]
    public async Task Nothing_to_replay_runs_nothing()
    {
        var report = await ReplayAsync(await _world.KeepAsync(Some.Letter() with { IsMasked = true }));

        (report.Runs.Count, report.NotReplayable).ShouldBe((0, 1));
    }

    private Task<ReplayReport> ReplayAsync(IReadOnlyList<DeadLetter> letters) => Replay.HandleAsync([.. letters.Select(letter => letter.Id)], World.Request, _world, _world.StopSignal);

    private StepResult Take(StepRequest request, Guid except)
    {
        _world.DeadLetters.EndAsync([.. request.Replay!.Letters.Where(letter => letter != except)], DeadLetterStatus.Replayed, request.RunId, Token).AsTask().GetAwaiter().GetResult();
        return World.Succeeded();
    }
}
