using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Coordination;

public abstract partial class RunQueueConformance<TPlace>
{
    [Fact]
    public async Task Runs_of_a_node_that_is_not_heard_of_go_to_another_and_its_own_appends_are_refused()
    {
        var (dead, live) = (await OpenAsync(Short), await OpenAsync(Short));
        var (zombie, heir) = (await dead.RegisterAsync(), await live.RegisterAsync());
        var run = await dead.EnqueueAsync();
        var old = (await dead.ClaimAsync(zombie)).ShouldHaveSingleItem();

        var taken = await ClaimEventuallyAsync(live, heir);

        taken.ShouldBe(new RunClaim(run, heir, 2));
        var before = await dead.CountEventsAsync(run);
        foreach (var change in (QueueChange[])[new QueueChange.Hold(old), new QueueChange.Finish(old)])
        {
            (await RefusedAsync(() => dead.ChangeAsync(run, change))).Error.Code.ShouldBe(ErrorCodes.LeaseLost);
        }

        (await dead.CountEventsAsync(run)).ShouldBe(before);
        (await RefusedAsync(async () => await dead.Queue.RenewAsync(zombie, Token))).Error.Code.ShouldBe(ErrorCodes.LeaseLost);
        (await RefusedAsync(() => dead.ClaimAsync(zombie))).Error.Code.ShouldBe(ErrorCodes.LeaseLost);
        await live.ChangeAsync(run, new QueueChange.Hold(taken));
        await live.ChangeAsync(run, new QueueChange.Finish(taken));
    }

    [Fact]
    public async Task Node_that_was_late_keeps_what_nobody_has_taken_from_it()
    {
        var process = await OpenAsync(TimeSpan.FromMilliseconds(500));
        var node = await process.RegisterAsync();
        var run = await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();
        await Task.Delay(600, Token);

        await process.ChangeAsync(run, new QueueChange.Hold(claim));
        (await process.Queue.RenewAsync(node, Token)).ShouldHaveSingleItem().Claim.ShouldBe(claim);
        (await process.ClaimAsync(node)).ShouldBeEmpty();
        await process.ChangeAsync(run, new QueueChange.Finish(claim));
    }

    [Fact]
    public async Task Node_that_renews_keeps_its_runs_much_longer_than_a_lease()
    {
        var process = await OpenAsync(Short);
        var (node, other) = (await process.RegisterAsync(), await process.RegisterAsync());
        await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();
        for (var i = 0; i < 15; i++)
        {
            (await process.Queue.RenewAsync(node, Token)).ShouldHaveSingleItem().Claim.ShouldBe(claim);
            (await process.ClaimAsync(other)).ShouldBeEmpty();
            await Task.Delay(Short / 8, Token);
        }
    }

    [Fact]
    public async Task Claim_of_a_node_that_never_registered_is_refused()
    {
        var process = await OpenAsync();
        await process.EnqueueAsync();

        (await RefusedAsync(() => process.ClaimAsync("nobody"))).Error.Code.ShouldBe(ErrorCodes.LeaseLost);
        (await process.Queue.CountWaitingAsync(Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Run_that_is_given_back_can_be_taken_by_another_under_a_higher_epoch()
    {
        var process = await OpenAsync();
        var (one, two) = (await process.RegisterAsync(), await process.RegisterAsync());
        var run = await process.EnqueueAsync();
        var old = (await process.ClaimAsync(one)).ShouldHaveSingleItem();

        await process.Queue.GiveBackAsync([old], null, Token);

        (await process.ClaimAsync(two)).ShouldBe([new RunClaim(run, two, 2)]);
        await process.Queue.GiveBackAsync([old], null, Token);
        (await process.ClaimAsync(one)).ShouldBeEmpty();
        (await RefusedAsync(() => process.ChangeAsync(run, new QueueChange.Hold(old)))).Error.Code.ShouldBe(ErrorCodes.LeaseLost);
    }

    [Fact]
    public async Task Run_that_is_given_back_for_later_waits_until_then()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();

        await process.Queue.GiveBackAsync([claim], TimeSpan.FromMilliseconds(1500), Token);

        (await process.Queue.ClaimAsync(node, 1, Token)).ShouldSatisfyAllConditions(
            answer => answer.Claims.ShouldBeEmpty(), answer => answer.NextDueIn.ShouldNotBeNull().ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(1500)));
        (await ClaimEventuallyAsync(process, node)).Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Node_that_is_drained_takes_no_more_and_one_that_leaves_gives_back()
    {
        var process = await OpenAsync();
        var (one, two) = (await process.RegisterAsync(), await process.RegisterAsync());
        var run = await process.EnqueueAsync();
        var claim = (await process.ClaimAsync(one)).ShouldHaveSingleItem();
        await process.EnqueueAsync();

        (await process.Queue.DrainAsync(one, Token)).ShouldBeTrue();
        (await process.Queue.DrainAsync("nobody", Token)).ShouldBeFalse();

        (await process.ClaimAsync(one)).ShouldBeEmpty();
        (await process.Queue.RenewAsync(one, Token)).ShouldHaveSingleItem().Claim.ShouldBe(claim);
        (await process.Queue.ListNodesAsync(Token)).Single(node => node.Node.Id == one).ShouldSatisfyAllConditions(
            node => node.IsDraining.ShouldBeTrue(), node => node.IsLive.ShouldBeTrue(), node => node.Runs.ShouldBe(1));
        await process.Queue.LeaveAsync(one, Token);
        (await process.ClaimAsync(two)).Select(taken => (taken.RunId == run, taken.Epoch)).Order().ShouldBe([(false, 1), (true, 2)]);
        (await process.Queue.ListNodesAsync(Token)).ShouldHaveSingleItem().Node.Id.ShouldBe(two);
    }

    [Fact]
    public async Task Nodes_are_listed_with_what_they_said_of_themselves_and_whether_they_live()
    {
        var process = await OpenAsync(Short);
        var node = new NodeRecord("n-1", "worker-1", 4, ["eu", "gpu"], "1.2.3", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "https://worker-1:8080/");
        await process.Queue.RegisterAsync(node, Token);

        var listed = (await process.Queue.ListNodesAsync(Token)).ShouldHaveSingleItem();

        (listed.Node with { Labels = [] }).ShouldBe(node with { Labels = [] });
        listed.Node.Labels.ShouldBe(node.Labels);
        (listed.IsLive, listed.IsDraining, listed.Runs).ShouldBe((true, false, 0));
        await EventuallyAsync(async () => !(await process.Queue.ListNodesAsync(Token)).Single().IsLive, "the node stayed live");
    }

    [Fact]
    public async Task Run_that_waits_can_be_withdrawn_and_one_that_a_node_has_cannot()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        var (waiting, owned) = (await process.EnqueueAsync(priority: -1), await process.EnqueueAsync());
        await process.ClaimAsync(node, 1);

        await process.ChangeAsync(waiting, new QueueChange.Withdraw(waiting));

        foreach (var run in (Guid[])[owned, waiting, Guid.CreateVersion7()])
        {
            (await RefusedAsync(() => process.ChangeAsync(run, new QueueChange.Withdraw(run)))).Error.Code.ShouldBe(ErrorCodes.RunNotWithdrawable);
        }

        (await process.ClaimAsync(node)).ShouldBeEmpty();
        (await process.CountEventsAsync(owned)).ShouldBe(1);
    }

    [Fact]
    public async Task Of_a_claim_and_a_withdrawal_at_once_one_wins()
    {
        var (claimer, canceller) = (await OpenAsync(), await OpenAsync());
        var node = await claimer.RegisterAsync();
        var runs = await claimer.EnqueueManyAsync(60);

        var claiming = Task.Run(
            async () =>
            {
                var own = new List<Guid>();
                while (await claimer.ClaimAsync(node, 2) is { Count: > 0 } more) own.AddRange(more.Select(claim => claim.RunId));
                return own;
            },
            Token);
        var withdrawn = new List<Guid>();
        foreach (var run in Enumerable.Reverse(runs))
        {
            try
            {
                await canceller.ChangeAsync(run, new QueueChange.Withdraw(run));
                withdrawn.Add(run);
            }
            catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.RunNotWithdrawable)
            {
            }
        }

        var claimed = await claiming;
        while (await claimer.ClaimAsync(node) is { Count: > 0 } more) claimed.AddRange(more.Select(claim => claim.RunId));
        claimed.Concat(withdrawn).Order().ShouldBe(runs.Order());
    }

    [Fact]
    public async Task Node_that_is_asked_to_stop_a_run_hears_of_it_at_once()
    {
        var (worker, other) = (await OpenAsync(), await OpenAsync());
        var node = await worker.RegisterAsync();
        var run = await worker.EnqueueAsync();
        var claim = (await worker.ClaimAsync(node)).ShouldHaveSingleItem();
        await SettleAsync(worker);

        var waiting = worker.Queue.WaitAsync(Long, Token).AsTask();
        await other.ChangeAsync(run, new QueueChange.AskToStop(run));
        await waiting.WaitAsync(Limit, Token);

        (await worker.Queue.RenewAsync(node, Token)).ShouldBe([new OwnedRun(claim, IsAskedToStop: true)]);
        await other.ChangeAsync(run, new QueueChange.AskToStop(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task Waiting_ends_when_another_process_enqueues_a_run_or_the_time_is_over()
    {
        var (worker, other) = (await OpenAsync(), await OpenAsync());
        var node = await worker.RegisterAsync();
        await SettleAsync(worker);
        await worker.Queue.WaitAsync(TimeSpan.FromMilliseconds(50), Token);

        var waiting = worker.Queue.WaitAsync(Long, Token).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        var run = await other.EnqueueAsync();
        await waiting.WaitAsync(Limit, Token);

        (await worker.ClaimAsync(node)).ShouldHaveSingleItem().RunId.ShouldBe(run);
    }

    [Fact]
    public async Task What_happens_between_two_waits_ends_the_second_one()
    {
        var (worker, other) = (await OpenAsync(), await OpenAsync());
        await SettleAsync(worker);

        await other.EnqueueAsync();

        await worker.Queue.WaitAsync(Long, Token).AsTask().WaitAsync(Limit, Token);
    }

    [Fact]
    public async Task Waiting_ends_when_runs_come_free()
    {
        var (worker, other) = (await OpenAsync(), await OpenAsync(Short));
        var (node, leaving) = (await worker.RegisterAsync(), await other.RegisterAsync());
        var limited = await other.EnqueueAsync("limited", limit: 1);
        await other.EnqueueAsync("limited", limit: 1);
        var claim = (await other.ClaimAsync(leaving)).ShouldHaveSingleItem();
        await SettleAsync(worker);

        await other.ChangeAsync(limited, new QueueChange.Finish(claim));
        await worker.Queue.WaitAsync(Long, Token).AsTask().WaitAsync(Limit, Token);
        var next = (await other.ClaimAsync(leaving)).ShouldHaveSingleItem();
        await SettleAsync(worker);

        await other.Queue.GiveBackAsync([next], null, Token);
        await worker.Queue.WaitAsync(Long, Token).AsTask().WaitAsync(Limit, Token);

        (await worker.ClaimAsync(node)).ShouldHaveSingleItem().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Each_reason_to_wait_is_named()
    {
        var process = await OpenAsync();
        var due = TimeProvider.System.GetUtcNow().AddHours(1);
        var later = await process.EnqueueAsync(notBefore: due);
        var first = await process.EnqueueAsync("limited", priority: 9, limit: 1);
        var second = await process.EnqueueAsync("limited", limit: 1);
        var labelled = await process.EnqueueAsync(labels: ["gpu"]);
        var plain = await process.EnqueueAsync("plain");
        (await process.Queue.ExplainAsync(plain, Token)).ShouldBe(new WaitReason.NoNode());
        var node = await process.RegisterAsync(slots: 2);

        (await process.Queue.ExplainAsync(later, Token)).ShouldBeOfType<WaitReason.NotDue>().Until.ShouldBe(due, TimeSpan.FromMilliseconds(1));
        (await process.Queue.ExplainAsync(labelled, Token)).ShouldBeOfType<WaitReason.NoFittingNode>().Labels.ShouldBe(["gpu"]);
        (await process.Queue.ExplainAsync(plain, Token)).ShouldBe(new WaitReason.AboutToStart());
        (await process.Queue.ExplainAsync(second, Token)).ShouldBe(new WaitReason.AboutToStart());
        (await process.ClaimAsync(node, 1)).ShouldHaveSingleItem().RunId.ShouldBe(first);
        (await process.Queue.ExplainAsync(first, Token)).ShouldBeNull();
        (await process.Queue.ExplainAsync(Guid.CreateVersion7(), Token)).ShouldBeNull();
        var limit = (await process.Queue.ExplainAsync(second, Token)).ShouldBeOfType<WaitReason.LimitReached>();
        (limit.Key, limit.Limit).ShouldBe(("limited", 1));
        limit.By.ShouldBe([first]);
        await process.EnqueueAsync("plain");
        await process.ClaimAsync(node, 1);
        (await process.Queue.ExplainAsync((await process.Queue.ListAsync("plain", 10, Token)).First(run => run.Claim is null).Entry.RunId, Token)).ShouldBe(new WaitReason.SlotsTaken(2));
        await process.Queue.DrainAsync(node, Token);
        (await process.Queue.ExplainAsync(labelled, Token)).ShouldBe(new WaitReason.NoNode());
    }

    /// <summary>Listens, and lets what was to be heard so far pass.</summary>
    private static async Task SettleAsync(QueueProcess process)
    {
        var quiet = TimeSpan.FromMilliseconds(300);
        var began = TimeProvider.System.GetTimestamp();
        do
        {
            began = TimeProvider.System.GetTimestamp();
            await process.Queue.WaitAsync(quiet, Token);
        }
        while (TimeProvider.System.GetElapsedTime(began) < quiet * 0.9);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Limit, what);
            await Task.Delay(20, Token);
        }
    }
}
