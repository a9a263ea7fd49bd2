using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What every subscription does, whatever its store stands on.</summary>
public abstract partial class SubscriptionConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private static SubscriptionOptions Options => new("mail") { BatchSize = 10, Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(100) };

    [Fact]
    public async Task Catches_up_and_goes_on_live_while_others_write_and_misses_repeats_and_reorders_nothing()
    {
        const int Writers = 4;
        const int Appends = 100;
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-before", Some.Events(25)), Token);
        var handled = new Handled();
        Start(store, handled);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(
            async () =>
            {
                await using var other = await Place.OpenAsync(TimeProvider.System);
                for (var i = 0; i < Appends; i++) await other.AppendAsync(Some.Append($"run-{w}", Some.Events(2)), Token);
            },
            Token)));

        var log = await LogOf(store);
        await handled.UntilAsync(log.Count);
        handled.Events.Select(e => e.Event.Id).ShouldBe(log.Select(e => e.Id));
        handled.Events.Take(10).ShouldAllBe(e => e.Delivery == EventDelivery.CatchingUp);
    }

    [Fact]
    public async Task Handler_is_told_when_it_is_live()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(25)), Token);
        var handled = new Handled();
        var subscription = Start(store, handled);
        await StateAsync(subscription, ConsumerState.Live);

        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);

        await handled.UntilAsync(26);
        handled.Events.Select(e => e.Delivery).ShouldBe([.. Enumerable.Repeat(EventDelivery.CatchingUp, 25), EventDelivery.Live]);
    }

    [Fact]
    public async Task Filtered_subscription_gets_only_its_events_and_its_position_passes_over_the_others()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 15; i++) await store.AppendAsync([Some.Append("state-1", Some.Events(3)), Some.Append("run-1", Some.Events(1))], Token);
        await store.AppendAsync(Some.Append("state-1", Some.Events(30)), Token);
        var handled = new Handled();

        await using (var subscription = store.Subscribe(Options with { Filter = new LogFilter("run") }, handled.HandleAsync))
        {
            subscription.Start();
            await StateAsync(subscription, ConsumerState.Live);
            (await subscription.GetStatusAsync(Token)).ShouldBe(new SubscriptionStatus("mail", 90, 0, ConsumerState.Live, null));
        }

        handled.Positions.ShouldBe(Enumerable.Range(1, 15).Select(i => 4L * i));
        (await store.Subscribe(Options, handled.HandleAsync).GetStatusAsync(Token)).ShouldBe(new SubscriptionStatus("mail", 90, 0, ConsumerState.Stopped, null));
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_a_batch_it_goes_on_with_the_next_event()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(25)), Token);
        var handled = new Handled();
        var reached = new TaskCompletionSource();
        var first = store.Subscribe(Options, async (recorded, delivery, token) =>
        {
            if (recorded.Position == 14)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }

            await handled.HandleAsync(recorded, delivery, token);
        });
        first.Start();
        await reached.Task.WaitAsync(Eventually.Limit, Token);
        await first.DisposeAsync();
        handled.Positions.ShouldBe(Enumerable.Range(1, 13).Select(i => (long)i));

        Start(store, handled);

        await handled.UntilAsync(25);
        handled.Positions.ShouldBe(Enumerable.Range(1, 25).Select(i => (long)i));
    }

    [Fact]
    public async Task Event_that_fails_is_tried_again()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        var handled = new Handled();
        handled.Refuses = recorded => recorded.Position == 2 && handled.Tries < 4;
        var subscription = Start(store, handled);

        await handled.UntilAsync(3);

        handled.Positions.ShouldBe([1, 2, 3]);
        handled.Tries.ShouldBe(5);
        (await subscription.ListParkedAsync(cancellationToken: Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Event_that_keeps_failing_is_parked_and_can_be_replayed_or_discarded()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        var handled = new Handled { Refuses = recorded => recorded.Position is 2 or 4 };
        var subscription = Start(store, handled);
        await handled.UntilAsync(3);
        handled.Positions.ShouldBe([1, 3, 5]);
        (await subscription.ListParkedAsync(cancellationToken: Token)).Select(parked => (parked.Position, parked.Attempts, parked.Error))
            .ShouldBe([(2, 3, "no 2\uFFFD"), (4, 3, "no 4\uFFFD")]);

        (await subscription.ReplayParkedAsync(2, Token)).ShouldNotBeNull().Attempts.ShouldBe(4);
        (await subscription.ListParkedAsync(cancellationToken: Token))[0].Attempts.ShouldBe(4);
        handled.Refuses = _ => false;
        (await subscription.ReplayParkedAsync(2, Token)).ShouldBeNull();
        (await subscription.ReplayParkedAsync(3, Token)).ShouldBeNull();
        (await subscription.DiscardParkedAsync(4, Token)).ShouldBeTrue();
        (await subscription.DiscardParkedAsync(4, Token)).ShouldBeFalse();

        (await subscription.ListParkedAsync(cancellationToken: Token)).ShouldBeEmpty();
        handled.Events.Select(e => (e.Event.Position, e.Delivery == EventDelivery.Replayed)).ShouldBe([(1, false), (3, false), (5, false), (2, true)]);
    }

    private EventSubscription Start(IEventStore store, Handled handled, SubscriptionOptions? options = null)
    {
        var subscription = Closing(store.Subscribe(options ?? Options, handled.HandleAsync));
        subscription.Start();
        return subscription;
    }

    private static Task StateAsync(EventSubscription subscription, ConsumerState state) =>
        Eventually.TrueAsync(async () => (await subscription.GetStatusAsync(Token)).State == state, $"the subscription did not become {state}");
}
