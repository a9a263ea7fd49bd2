using FlexCore.Application.DeadLetters;
using FlexCore.Application.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.DeadLetters;

/// <summary>Dead letters that a node sends again.</summary>
public sealed class StartReplayTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> NothingSet = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource _stop = new();
    private World _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private StartReplayHandler Handler => new(_world.DeadLetters, _world.Log, _world.Cap, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        await RecordAsync(Some.Pipeline(Some.Task("before"), Some.Sync("load", new MapperStage(Some.Use(new([], [], []), "mapper"))), Some.Sync("other")));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Letters_wait_in_a_run_for_each_place_and_what_cannot_be_sent_again_is_counted()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(stage: 1), Some.Letter(), Some.Letter(step: "other"), Some.Letter() with { IsMasked = true }, Some.Letter());
        await _world.DeadLetters.EndAsync([letters[5].Id], DeadLetterStatus.Replayed, Guid.NewGuid(), Token);

        var started = (await StartAsync(letters)).Value;

        (started.NotOpen, started.NotReplayable).ShouldBe((1, 1));
        started.Runs.Select(run => (run.Pipeline, run.Step, run.Letters)).ShouldBe([("orders", "load", 2), ("orders", "load", 1), ("orders", "other", 1)]);
        var queued = (await _world.EventsAsync(EventStreams.Run(started.Runs[0].RunId))).ShouldHaveSingleItem().ShouldBeOfType<PipelineQueued>();
        (queued.Replay!.Step, queued.Replay.Stage).ShouldBe(("load", 0));
        queued.Replay.Letters.ShouldBe([letters[0].Id, letters[2].Id]);
        (await _world.ListRunsAsync(null, 10)).Select(run => run.Replays).ShouldBe([1, 1, 2]);
    }

    [Fact]
    public async Task Node_runs_the_step_alone_whatever_it_needs_and_tells_nobody()
    {
        await RecordAsync(Some.Pipeline(Some.Task("before"), Some.Sync("load") with { Needs = ["before"] }) with { Notify = [new(Domain.Notifications.Occasion.Success, "ops")] });
        var letters = await _world.KeepAsync(Some.Letter());
        var run = (await StartAsync(letters)).Value.Runs.ShouldHaveSingleItem().RunId;

        var ended = await WorkUntilEndAsync(run);

        (ended.Status, ended.Replays, ended.Steps.ShouldHaveSingleItem().Id, ended.Notify.Count).ShouldBe((RunStatus.Succeeded, 1, "load", 0));
        _world.Attempts.ShouldHaveSingleItem().Replay!.Letters.ShouldBe([letters[0].Id]);
    }

    [Fact]
    public async Task Place_that_the_pipeline_no_longer_has_fails_the_run_with_the_reason()
    {
        var run = (await StartAsync(await _world.KeepAsync(Some.Letter(step: "gone")))).Value.Runs.ShouldHaveSingleItem().RunId;

        var ended = await WorkUntilEndAsync(run);

        (ended.Status, ended.Reason!.Contains("pipeline orders has no sync 'gone' any more", StringComparison.Ordinal)).ShouldBe((RunStatus.Failed, true));
    }

    [Fact]
    public async Task Wish_that_is_repeated_is_answered_with_the_same_runs_even_when_these_have_sent_the_letters()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(step: "other"));
        var wish = Wish(letters) with { Cause = (DateTimeOffset.UnixEpoch, "request-1") };
        var first = (await Handler.HandleAsync(wish, Some.Caller, Token)).Value;
        await _world.DeadLetters.EndAsync([letters[0].Id], DeadLetterStatus.Replayed, first.Runs[0].RunId, Token);

        var again = (await Handler.HandleAsync(wish, Some.Caller, Token)).Value;

        again.Runs.ShouldBe(first.Runs);
        (await _world.Queue.ListAsync(null, 10, Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_waits_when_something_is_in_the_way_of_one_of_them()
    {
        var letters = await _world.KeepAsync(Some.Letter(), Some.Letter(pipeline: "unknown"));
        (await StartAsync(letters)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await Handler.HandleAsync(new StartReplay([letters[0].Id, Guid.NewGuid()], NothingSet), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);

        await _world.Log.AppendAsync(EventStreams.Pipeline("orders"), expectedVersion: null, [new PipelineArchived()], EventContext.New(Guid.NewGuid()), Token);
        (await StartAsync([letters[0]])).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.PipelineNotStartable);

        new StartReplay([.. Enumerable.Range(0, SelectDeadLetters.MaxAtOnce + 1).Select(_ => Guid.NewGuid())], NothingSet).Validate().ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UsageInvalid);
        (await _world.Queue.ListAsync(null, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_that_has_sent_letters_again_is_retried_with_them_and_not_as_the_whole_pipeline()
    {
        var letters = await _world.KeepAsync(Some.Letter());
        _world.Doing["load"] = _ => World.Failed();
        var failed = (await StartAsync(letters)).Value.Runs[0].RunId;
        (await WorkUntilEndAsync(failed)).Status.ShouldBe(RunStatus.Failed);
        var retry = new RetryRunHandler(_world.Log, _world.Cap, TimeProvider.System);

        var again = (await retry.HandleAsync(new RetryRun(failed, FromStart: false, NothingSet), Some.Caller, Token)).Value;

        (await _world.EventsAsync(EventStreams.Run(again))).ShouldHaveSingleItem().ShouldBeOfType<PipelineQueued>().Replay!.Letters.ShouldBe([letters[0].Id]);
        var here = (await _world.RunAsync(replay: new StepReplay("load", 0, [letters[0].Id]))).Value.RunId;
        (await retry.HandleAsync(new RetryRun(here, FromStart: false, NothingSet), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldContain("flexcore deadletters replay");
    }

    private static StartReplay Wish(IEnumerable<DeadLetter> letters) => new([.. letters.Select(letter => letter.Id)], NothingSet);

    private Task<Result<StartedReplay>> StartAsync(IEnumerable<DeadLetter> letters) => Handler.HandleAsync(Wish(letters), Some.Caller, Token);

    private async Task RecordAsync(PipelineDefinition pipeline)
    {
        _world.Pipeline = pipeline;
        await _world.RecordAsync(pipeline);
    }

    private async Task<RunState> WorkUntilEndAsync(Guid run)
    {
        var record = new NodeRecord(Guid.NewGuid().ToString(), "node-a", Slots: 4, [], "test", DateTimeOffset.UnixEpoch);
        var working = new Node(_world.Queue, _world.ClaimedRuns("node-a"), record, _ => _world, TimeProvider.System).WorkAsync(new StopSignal(_stop.Token, _stop.Token));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        RunState state;
        while (!(state = Run.From(await _world.EventsAsync(EventStreams.Run(run))).State).IsEnded) await Task.Delay(20, patience.Token);
        await _stop.CancelAsync();
        await working.WaitAsync(patience.Token);
        return state;
    }
}
