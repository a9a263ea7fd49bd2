using System.Diagnostics;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>What every run queue does, whatever it stands on.</summary>
public abstract partial class RunQueueConformance<TPlace> : IAsyncLifetime
    where TPlace : IQueuePlace, new()
{
    /// <summary>Longer than any test.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TPlace _place = new();
    private readonly List<QueueProcess> _open = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _open) await process.DisposeAsync();
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<QueueProcess> OpenAsync(TimeSpan? lease = null)
    {
        var process = await _place.OpenAsync(lease ?? Long);
        _open.Add(process);
        return process;
    }

    [Fact]
    public async Task Run_that_is_enqueued_is_claimed_once_and_gone_when_it_has_finished()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        var run = await process.EnqueueAsync();
        (await process.Queue.CountWaitingAsync(Token)).ShouldBe(1);

        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();

        claim.ShouldBe(new RunClaim(run, node, 1));
        (await process.ClaimAsync(node)).ShouldBeEmpty();
        (await process.Queue.RenewAsync(node, Token)).ShouldBe([new OwnedRun(claim, IsAskedToStop: false)]);
        (await process.Queue.CountWaitingAsync(Token)).ShouldBe(0);
        await process.ChangeAsync(run, new QueueChange.Hold(claim));
        await process.ChangeAsync(run, new QueueChange.Finish(claim));
        (await process.Queue.RenewAsync(node, Token)).ShouldBeEmpty();
        (await process.Queue.ListAsync(null, 10, Token)).ShouldBeEmpty();
        (await process.CountEventsAsync(run)).ShouldBe(3);
    }

    [Fact]
    public async Task Run_that_cannot_be_appended_is_not_enqueued()
    {
        var process = await OpenAsync();
        var run = await process.EnqueueAsync();

        await Should.ThrowAsync<FlexCoreException>(() => process.ChangeAsync(run, new QueueChange.Enqueue(new QueueEntry(run, "other", 0, null, [], "other", null))));

        (await process.Queue.ListAsync(null, 10, Token)).ShouldHaveSingleItem().Entry.Pipeline.ShouldBe("orders");
        (await process.CountEventsAsync(run)).ShouldBe(1);
    }

    [Fact]
    public async Task Each_run_goes_to_one_of_many_that_claim_at_once()
    {
        const int Claimers = 8;
        const int Runs = 240;
        var processes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => OpenAsync()));
        var runs = await processes[0].EnqueueManyAsync(Runs);

        // Nobody takes all before the others have come.
        var (here, all) = (0, new TaskCompletionSource());
        var claims = await Task.WhenAll(Enumerable.Range(0, Claimers).Select(i => Task.Run(
            async () =>
            {
                var process = processes[i % processes.Length];
                var node = await process.RegisterAsync();
                var own = new List<RunClaim>();
                while (await process.ClaimAsync(node, 1 + i) is { Count: > 0 } more)
                {
                    if (own.Count == 0 && Interlocked.Increment(ref here) == Claimers) all.SetResult();
                    own.AddRange(more);
                    await all.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
                    foreach (var claim in more) await process.ChangeAsync(claim.RunId, new QueueChange.Hold(claim));
                }

                return own;
            },
            Token)));

        claims.SelectMany(own => own).Select(claim => claim.RunId).Order().ShouldBe(runs.Order());
        claims.SelectMany(own => own).ShouldAllBe(claim => claim.Epoch == 1);
        claims.ShouldAllBe(own => own.Count > 0);
    }

    [Fact]
    public async Task Keys_never_have_more_runs_at_nodes_than_their_limits_allow()
    {
        const int Claimers = 6;
        string[] keys = ["a", "b", "c"];
        var processes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => OpenAsync()));
        foreach (var (key, i) in keys.Select((key, i) => (key, i))) await processes[0].EnqueueManyAsync(20, key, limit: i + 1);
        var running = keys.ToDictionary(key => key, _ => 0);
        var keyOf = (await processes[0].Queue.ListAsync(null, 100, Token)).ToDictionary(run => run.Entry.RunId, run => run.Entry.Key);
        var (finished, tooMany) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, Claimers).Select(i => Task.Run(
            async () =>
            {
                var process = processes[i % processes.Length];
                var node = await process.RegisterAsync();
                while (Volatile.Read(ref finished) < 60)
                {
                    var claims = await process.ClaimAsync(node, 4);

                    // As nodes do: who asks again at once keeps those waiting who have something to say.
                    if (claims.Count == 0) await process.Queue.WaitAsync(TimeSpan.FromMilliseconds(50), Token);
                    foreach (var claim in claims)
                    {
                        lock (running)
                        {
                            if (++running[keyOf[claim.RunId]] > Array.IndexOf(keys, keyOf[claim.RunId]) + 1) tooMany++;
                        }

                        await Task.Yield();
                        lock (running) running[keyOf[claim.RunId]]--;
                        await process.ChangeAsync(claim.RunId, new QueueChange.Finish(claim));
                        Interlocked.Increment(ref finished);
                    }
                }
            },
            Token)));

        tooMany.ShouldBe(0);
        finished.ShouldBe(60);
    }

    [Fact]
    public async Task Runs_of_a_key_at_its_limit_let_others_pass_however_many_they_are()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        await process.EnqueueManyAsync(60, "busy", limit: 1);
        await process.EnqueueManyAsync(60, "crowded");
        for (var i = 0; i < 3; i++)
        {
            foreach (var claim in await process.ClaimAsync(node, 20)) if (i > 0) await process.ChangeAsync(claim.RunId, new QueueChange.Finish(claim));
        }

        var last = await process.ClaimAsync(node, 20);

        var busy = (await process.Queue.ListAsync("busy", 100, Token)).Where(run => run.Claim is not null).ShouldHaveSingleItem();
        (await process.Queue.ListAsync("busy", 100, Token)).Count.ShouldBe(60);
        last.ShouldAllBe(claim => claim.RunId != busy.Entry.RunId);
        (await process.Queue.ListAsync("crowded", 100, Token)).Count(run => run.Claim is null).ShouldBe(0);
    }

    [Fact]
    public async Task Burst_of_one_key_does_not_starve_another()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        await process.EnqueueManyAsync(200, "burst");
        var first = await process.ClaimAsync(node, 5);
        var late = await process.EnqueueManyAsync(3, "late");

        var next = await process.ClaimAsync(node, 6);

        next.Count(claim => late.Contains(claim.RunId)).ShouldBe(3);
        first.ShouldAllBe(claim => !late.Contains(claim.RunId));
    }

    [Fact]
    public async Task Keys_take_turns_even_at_a_single_slot()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        await process.EnqueueManyAsync(30, "burst");
        var late = await process.EnqueueManyAsync(4, "late");
        var taken = new List<bool>();
        for (var i = 0; i < 10; i++)
        {
            var claim = (await process.ClaimAsync(node, 1)).ShouldHaveSingleItem();
            taken.Add(late.Contains(claim.RunId));
            await process.ChangeAsync(claim.RunId, new QueueChange.Finish(claim));
        }

        taken.Count(isLate => isLate).ShouldBe(4);
        taken.Take(8).Count(isLate => isLate).ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Higher_priority_goes_first_and_then_what_has_waited_longest()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        var low = await process.EnqueueAsync("a", priority: -5);
        var first = await process.EnqueueAsync("b");
        var second = await process.EnqueueAsync("a");
        var third = await process.EnqueueAsync("c");
        var high = await process.EnqueueAsync("c", priority: 5);

        (await process.ClaimAsync(node, 3)).Select(claim => claim.RunId).ShouldBe([high, first, second]);
        (await process.ClaimAsync(node, 3)).Select(claim => claim.RunId).ShouldBe([third, low]);
    }

    [Fact]
    public async Task Run_goes_only_to_a_node_that_has_all_its_labels()
    {
        var process = await OpenAsync();
        var plain = await process.RegisterAsync();
        var able = await process.RegisterAsync(10, "gpu", "eu", "big");
        var labelled = await process.EnqueueAsync(labels: ["eu", "gpu"]);
        var any = await process.EnqueueAsync();
        var other = await process.EnqueueAsync(labels: ["us"]);

        (await process.ClaimAsync(plain)).Select(claim => claim.RunId).ShouldBe([any]);
        (await process.ClaimAsync(able)).Select(claim => claim.RunId).ShouldBe([labelled]);
        (await process.Queue.ListAsync(null, 10, Token)).Single(run => run.Claim is null).Entry.RunId.ShouldBe(other);
    }

    [Fact]
    public async Task Run_is_not_taken_before_its_time_and_the_claim_says_when_that_is()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        var soon = await process.EnqueueAsync(notBefore: TimeProvider.System.GetUtcNow().AddMilliseconds(1500));
        await process.EnqueueAsync(notBefore: TimeProvider.System.GetUtcNow().AddHours(1));

        var early = await process.Queue.ClaimAsync(node, 10, Token);

        early.Claims.ShouldBeEmpty();
        early.NextDueIn.ShouldNotBeNull().ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(1500));
        (await ClaimEventuallyAsync(process, node)).RunId.ShouldBe(soon);
        (await process.Queue.ClaimAsync(node, 10, Token)).NextDueIn.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(50));
    }

    [Fact]
    public async Task Run_whose_time_is_past_is_taken_at_once()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync();
        var run = await process.EnqueueAsync(notBefore: TimeProvider.System.GetUtcNow().AddDays(-1));

        (await process.ClaimAsync(node)).ShouldHaveSingleItem().RunId.ShouldBe(run);
    }

    [Fact]
    public async Task As_many_runs_could_be_taken_as_are_due_fit_the_labels_and_may_be_under_way_at_once()
    {
        var process = await OpenAsync();
        await process.EnqueueManyAsync(3, "free");
        await process.EnqueueManyAsync(5, "limited", limit: 2);
        await process.EnqueueAsync("free", labels: ["gpu"]);
        await process.EnqueueAsync("free", notBefore: TimeProvider.System.GetUtcNow().AddHours(1));
        (await process.Queue.CountTakeableAsync([], Token)).ShouldBe(3 + 2);
        (await process.Queue.CountTakeableAsync(["big", "gpu"], Token)).ShouldBe(4 + 2);

        var taken = await process.ClaimAsync(await process.RegisterAsync(), capacity: 4);

        (await process.Queue.CountTakeableAsync([], Token)).ShouldBe(5 - taken.Count);
        (await process.ClaimAsync(await process.RegisterAsync())).Count.ShouldBe(5 - taken.Count);
        (await process.Queue.CountTakeableAsync([], Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Queue_is_listed_with_what_was_asked_for_and_who_has_it()
    {
        var process = await OpenAsync();
        var node = await process.RegisterAsync(10, "eu");
        var due = new DateTimeOffset(TimeProvider.System.GetUtcNow().Year + 1, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var owned = await process.EnqueueAsync("orders", 3, labels: ["eu"], limit: 2);
        var later = await process.EnqueueAsync("reports", notBefore: due);
        var claim = (await process.ClaimAsync(node)).ShouldHaveSingleItem();

        var all = await process.Queue.ListAsync(null, 10, Token);

        all.Select(run => run.Entry.RunId).ShouldBe([owned, later]);
        all[0].Claim.ShouldBe(claim);
        (all[0].Entry.Priority, all[0].Entry.Key, all[0].Entry.Limit).ShouldBe((3, "orders", 2));
        all[0].Entry.Labels.ShouldBe(["eu"]);
        all[1].Claim.ShouldBeNull();
        all[1].Entry.NotBefore.ShouldBe(due);
        all.ShouldAllBe(run => (TimeProvider.System.GetUtcNow() - run.EnqueuedAt).Duration() < TimeSpan.FromMinutes(1));
        (await process.Queue.ListAsync("reports", 10, Token)).ShouldHaveSingleItem();
        (await process.Queue.ListAsync(null, 1, Token)).ShouldHaveSingleItem();
    }

    private static Task<FlexCoreException> RefusedAsync(Func<Task> change) => Should.ThrowAsync<FlexCoreException>(change);

    private static async Task<RunClaim> ClaimEventuallyAsync(QueueProcess process, string node)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await process.ClaimAsync(node) is [var claim, ..]) return claim;
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Limit, "nothing became claimable");
            await Task.Delay(20, Token);
        }
    }
}
