using System.Diagnostics;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What spans and health say of every store.</summary>
public abstract class WatchingConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private readonly string _name = $"watched_{Guid.NewGuid():N}";

    private SubscriptionOptions Options => new(_name) { Attempts = 2, FirstDelay = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task Each_read_is_a_span_with_what_was_asked_for_and_the_number_of_events()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        using var spans = new Spans();
        using var caller = new Activity("caller").Start();

        await store.ReadStreamAsync("run-1", cancellationToken: Token);
        await store.ReadStreamBackwardsAsync("run-1", maxCount: 2, cancellationToken: Token);
        await store.ReadLogAsync(1, 3, new LogFilter(), Token);
        await store.ReadStreamAsync("run-2", cancellationToken: Token);

        spans.ReadsUnder(caller).Select(read => read.TagObjects).ShouldBe(
        [
            [new("flexcore.stream", "run-1"), new("flexcore.events", 5)],
            [new("flexcore.stream", "run-1"), new("flexcore.events", 2)],
            [new("flexcore.after", 1L), new("flexcore.events", 3)],
            [new("flexcore.stream", "run-2"), new("flexcore.events", 0)],
        ]);
        Activity.Current.ShouldBe(caller);
    }

    [Fact]
    public async Task Each_try_of_a_handler_is_a_span_that_says_which_event_and_what_went_wrong()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        var handled = new Handled { Refuses = recorded => recorded.Position == 2 };
        using var spans = new Spans();
        using var starter = new Activity("starter").Start();
        var subscription = Start(store, handled);
        await Eventually.TrueAsync(() => spans.HandledBy(_name).Count == 4, "not all was handled");

        await subscription.ReplayParkedAsync(2, Token);

        Activity[] handling = [.. spans.HandledBy(_name)];
        handling.Select(span => (span.GetTagItem("flexcore.position"), span.GetTagItem("flexcore.events"), span.Status, span.StatusDescription)).ShouldBe(
        [
            (1L, 1, ActivityStatusCode.Unset, null),
            (2L, 1, ActivityStatusCode.Error, "no 2\0"),
            (2L, 1, ActivityStatusCode.Error, "no 2\0"),
            (3L, 1, ActivityStatusCode.Unset, null),
            (2L, 1, ActivityStatusCode.Error, "no 2\0"),
        ]);
        handling.Select(span => span.TraceId == starter.TraceId).ShouldBe([false, false, false, false, true]);
    }

    [Fact]
    public async Task Each_batch_of_a_projection_is_a_span_that_says_how_far_it_gets_and_what_went_wrong()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        var (keeper, broken) = ($"projection:{_name}_v1", true);
        using var spans = new Spans();
        await using var projection = store.Project(new Counts(_name) { Before = _ => Volatile.Read(ref broken) ? throw new InvalidOperationException("broken") : Task.CompletedTask });
        projection.Start();
        await Eventually.TrueAsync(async () => (await projection.GetStatusAsync(Token)).LastError == "broken", "it did not fail");
        Volatile.Write(ref broken, false);
        await Eventually.TrueAsync(() => spans.HandledBy(keeper)[^1] is { Status: ActivityStatusCode.Unset } last && 3L.Equals(last.GetTagItem("flexcore.position")), "it did not go on");

        var failed = spans.HandledBy(keeper)[0];
        (failed.Status, failed.StatusDescription).ShouldBe((ActivityStatusCode.Error, "broken"));
        failed.TagObjects.ShouldBe([new("flexcore.subscription", keeper), new("flexcore.position", 3L), new("flexcore.events", 3)]);
    }

    [Fact]
    public async Task Health_shows_the_subscriptions_of_this_store_that_work_and_those_that_wait()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        await StateAsync(Start(store, new Handled()), ConsumerState.Live);
        Start(other, new Handled());

        var health = await EventStoreHealth.CheckAsync(store, Token);

        health.IsHealthy.ShouldBeTrue();
        health.Error.ShouldBeNull();
        health.LastPosition.ShouldBe(3);
        health.Duration.ShouldBeGreaterThan(TimeSpan.Zero);
        health.Consumers.ShouldBe([new ConsumerHealth(_name, ConsumerState.Live, 0, null)]);
        (await EventStoreHealth.CheckAsync(other, Token)).Consumers.ShouldBe([new ConsumerHealth(_name, ConsumerState.Waiting, null, null)]);
    }

    [Fact]
    public async Task Projection_that_fails_is_not_healthy_until_it_goes_on_or_is_stopped()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        var broken = true;
        await using (var projection = store.Project(new Counts { Before = recorded => recorded.Position == 3 && Volatile.Read(ref broken) ? throw new InvalidOperationException("broken") : Task.CompletedTask }))
        {
            projection.Start();
            var failing = new ConsumerHealth("projection:counts_v1", ConsumerState.Retrying, 1, "broken");
            await Eventually.TrueAsync(async () => (await EventStoreHealth.CheckAsync(store, Token)).Consumers is [var only] && only == failing, "it did not fail");
            (await EventStoreHealth.CheckAsync(store, Token)).IsHealthy.ShouldBeFalse();

            Volatile.Write(ref broken, false);
            await Eventually.TrueAsync(async () => (await EventStoreHealth.CheckAsync(store, Token)).IsHealthy, "it did not go on");
            Volatile.Write(ref broken, true);
            await projection.RebuildAsync(Token);
            await Eventually.TrueAsync(async () => !(await EventStoreHealth.CheckAsync(store, Token)).IsHealthy, "it did not fail again");
        }

        var health = await EventStoreHealth.CheckAsync(store, Token);
        health.IsHealthy.ShouldBeTrue();
        health.Consumers.ShouldBeEmpty();
    }

    private EventSubscription Start(IEventStore store, Handled handled)
    {
        var subscription = Closing(store.Subscribe(Options, handled.HandleAsync));
        subscription.Start();
        return subscription;
    }

    private static Task StateAsync(EventSubscription subscription, ConsumerState state) =>
        Eventually.TrueAsync(async () => (await subscription.GetStatusAsync(Token)).State == state, $"the subscription did not become {state}");
}
