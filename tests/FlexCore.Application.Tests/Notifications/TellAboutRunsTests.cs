using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests.Notifications;

public sealed class TellAboutRunsTests : IAsyncLifetime
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private World _world = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.CreateAsync();
        foreach (var name in (string[])["ops", "chat"]) _world.Channels[name] = new WebhookChannel(name, Window, WebhookShape.Generic, new SecretText("https://example.com/"), null, null);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Each_occasion_is_told_to_whom_it_concerns_and_nobody_else()
    {
        Tell((Occasion.Failure, "ops"), (Occasion.Recovery, "ops"), (Occasion.Success, "chat"));

        await FailAsync();
        await SucceedAsync();
        await SucceedAsync();

        _world.Sender.Titles.ShouldBe(["ops: orders failed", "ops: orders runs well again", "chat: orders succeeded"], ignoreOrder: true);
    }

    [Fact]
    public async Task Message_says_what_the_events_of_the_run_say()
    {
        Tell((Occasion.Failure, "ops"));

        var run = await FailAsync();

        var text = _world.Sender.Sent.ShouldHaveSingleItem().Notification!.Text;
        text.ShouldStartWith($"run {run.RunId} of orders, version 1: failed\nstarted ");
        text.ShouldContain("reason: step load: report ended with exit code 1\n");
        text.ShouldEndWith($"more: flexcore runs show {run.RunId}\n");
    }

    [Fact]
    public async Task What_happens_often_becomes_one_message_that_counts()
    {
        Tell((Occasion.Failure, "ops"));

        for (var run = 0; run < 4; run++) await FailAsync();
        _world.Sender.Titles.ShouldBe(["ops: orders failed"]);
        _world.Time.Advance(Window);
        var last = await FailAsync();

        var counting = _world.Sender.Sent[^1].Notification!;
        (_world.Sender.Sent.Count, counting.Count, counting.Run.RunId).ShouldBe((2, 4, last.RunId));
        counting.Title.ShouldStartWith("orders failed, 4 times since ");
        (await TypesAsync(Occasion.Failure)).ShouldBe(
            ["NotificationStarted", "NotificationDelivered", "NotificationDeferred", "NotificationDeferred", "NotificationDeferred", "NotificationStarted", "NotificationDelivered"]);
    }

    [Fact]
    public async Task What_had_to_wait_is_told_with_the_next_run_whatever_that_does()
    {
        Tell((Occasion.Failure, "ops"));
        await FailAsync();
        var second = await FailAsync();

        _world.Time.Advance(Window);
        await SucceedAsync();

        _world.Sender.Sent.Count.ShouldBe(2);
        _world.Sender.Sent[1].Notification!.Run.RunId.ShouldBe(second.RunId);
    }

    [Fact]
    public async Task Many_processes_that_tell_of_the_same_run_tell_once()
    {
        Tell((Occasion.Failure, "ops"));
        var run = await FailAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Notifications.TellAsync(run.RunId, TestContext.Current.CancellationToken)));

        _world.Sender.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_happens_while_a_message_is_on_its_way_is_counted_and_not_lost()
    {
        Tell((Occasion.Failure, "ops"));
        var onItsWay = new TaskCompletionSource<Error?>();
        _world.Sender.Answer = () => onItsWay.Task;
        var first = FailAsync();
        await Until(() => _world.Sender.Sent.Count == 1);

        await FailAsync();
        onItsWay.SetResult(null);
        await first;

        ((NotificationDelivered)(await EventsAsync(Occasion.Failure))[^1]).ShouldSatisfyAllConditions(told => told.Told.ShouldBe(1), told => told.Left.Count.ShouldBe(1));
    }

    [Fact]
    public async Task Notification_that_fails_harms_no_run_is_on_record_and_sent_again_later()
    {
        Tell((Occasion.Success, "ops"));
        _world.Sender.Answer = () => Task.FromResult<Error?>(new Error(ErrorCodes.NotificationUndelivered, "channel ops: it answered 500"));
        (await SucceedAsync()).Status.ShouldBe(RunStatus.Succeeded);
        _world.Warnings.ShouldBe(["a notification did not get through: channel ops: it answered 500"]);

        _world.Sender.Answer = () => Task.FromResult<Error?>(null);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await SucceedAsync();

        _world.Sender.Sent[^1].Notification!.Count.ShouldBe(2);
        (await TypesAsync(Occasion.Success)).ShouldBe(["NotificationStarted", "NotificationFailed", "NotificationStarted", "NotificationDelivered"]);
    }

    [Fact]
    public async Task Message_whose_sender_was_killed_is_sent_by_another_one_when_its_time_is_over()
    {
        Tell((Occasion.Failure, "ops"));
        var killed = new TaskCompletionSource<Error?>();
        _world.Sender.Answer = () => killed.Task;
        _ = FailAsync();
        await Until(() => _world.Sender.Sent.Count == 1);
        _world.Sender.Answer = () => Task.FromResult<Error?>(null);

        await SucceedAsync();
        _world.Sender.Sent.Count.ShouldBe(1);
        _world.Time.Advance(NotificationGroup.Lease);
        await SucceedAsync();

        _world.Sender.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_that_takes_longer_is_told_of_while_it_still_runs()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load")) with { Notify = [new NotifyRule(Occasion.Late, "ops", LateMs: 50)] };
        var release = new TaskCompletionSource();
        _world.Taking["load"] = async (_, _) =>
        {
            await release.Task;
            return World.Succeeded();
        };
        var run = _world.RunAsync();

        await Until(() => _world.Sender.Sent.Count == 1);
        run.IsCompleted.ShouldBeFalse();
        release.SetResult();
        (await run).Value.Status.ShouldBe(RunStatus.Succeeded);

        var late = _world.Sender.Sent.ShouldHaveSingleItem().Notification!;
        (late.Title, late.Run.Status).ShouldBe(("orders is late: it runs for longer than 0.1 s", RunStatus.Running));
        late.Text.ShouldContain("step load is running, attempt 1\n");
    }

    [Fact]
    public async Task Run_that_ends_in_time_is_not_late_and_its_end_does_not_wait_for_that()
    {
        _world.Pipeline = Some.Pipeline(Some.Task("load")) with { Notify = [new NotifyRule(Occasion.Late, "ops", LateMs: 86_400_000)] };

        await SucceedAsync();

        _world.Sender.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_whose_process_was_killed_is_told_of_by_the_run_that_goes_on_from_it_and_then_it_runs_well_again()
    {
        Tell((Occasion.Failure, "ops"), (Occasion.Recovery, "ops"));
        var run = Guid.CreateVersion7();
        await (await _world.HoldAsync(run)).DisposeAsync();
        await _world.Log.AppendAsync(EventStreams.Run(run), 0, [Some.Started(run) with { Notify = [new NotifyRule(Occasion.Failure, "ops")] }], EventContext.New(run), TestContext.Current.CancellationToken);

        await SucceedAsync();

        _world.Sender.Sent.Select(sent => (sent.Notification!.On, sent.Notification.Run.Status)).ShouldBe([(Occasion.Failure, RunStatus.Interrupted), (Occasion.Recovery, RunStatus.Succeeded)], ignoreOrder: true);
    }

    [Fact]
    public async Task Trials_are_told_to_nobody_and_are_no_recovery()
    {
        Tell((Occasion.Failure, "ops"), (Occasion.Recovery, "ops"));
        await FailAsync();
        _world.Doing.Clear();

        await _world.RunAsync(isDryRun: true);
        _world.Sender.Sent.Count.ShouldBe(1);
        await SucceedAsync();

        _world.Sender.Sent[^1].Notification!.On.ShouldBe(Occasion.Recovery);
    }

    [Fact]
    public async Task Next_run_can_begin_while_somebody_is_told_of_the_last_one()
    {
        Tell((Occasion.Success, "ops"));
        var slow = new TaskCompletionSource<Error?>();
        _world.Sender.Answer = () => slow.Task;
        var first = _world.RunAsync();
        await Until(() => _world.Sender.Sent.Count == 1);

        (await _world.RunAsync()).IsSuccess.ShouldBeTrue();

        slow.SetResult(null);
        await first;
    }

    private void Tell(params (Occasion On, string Channel)[] rules) =>
        _world.Pipeline = Some.Pipeline(Some.Task("load")) with { Notify = [.. rules.Select(rule => new NotifyRule(rule.On, rule.Channel))] };

    private Task<RunState> FailAsync()
    {
        _world.Doing["load"] = _ => World.Failed();
        return RunAsync();
    }

    private Task<RunState> SucceedAsync()
    {
        _world.Doing.Clear();
        return RunAsync();
    }

    private async Task<RunState> RunAsync() => (await _world.RunAsync()).Value;

    private Task<List<IDomainEvent>> EventsAsync(Occasion on) => _world.EventsAsync(EventStreams.Notifications("ops", "orders", on));

    private async Task<IEnumerable<string>> TypesAsync(Occasion on) => (await EventsAsync(on)).Select(@event => @event.GetType().Name);

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(5, limit.Token);
    }
}
