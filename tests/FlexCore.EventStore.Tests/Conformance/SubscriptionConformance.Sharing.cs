using System.Diagnostics.Metrics;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class SubscriptionConformance<TPlace>
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Of_two_under_one_name_one_works_and_the_other_takes_over_when_it_stops()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        var (first, second) = (new Handled(), new Handled());
        var working = Start(stores[0], first);
        await StateAsync(working, ConsumerState.Live);
        var waiting = Start(stores[1], second);
        await stores[0].AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        await first.UntilAsync(20);
        (await waiting.GetStatusAsync(Token)).State.ShouldBe(ConsumerState.Waiting);

        await working.DisposeAsync();
        await stores[0].AppendAsync(Some.Append("run-1", Some.Events(5)), Token);

        await Eventually.TrueAsync(() => Task.FromResult(second.Events.Count == 5), "nobody took over", TakeOver);
        first.Positions.Concat(second.Positions).ShouldBe(Enumerable.Range(1, 25).Select(i => (long)i));
    }

    [Fact]
    public async Task Another_takes_over_from_a_process_that_was_killed()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        var handled = new Handled();
        using var other = SubscriberProcess.Start(Place.Address, "mail");
        (await other.StandardOutput.ReadLineAsync(Token)).ShouldBe("1");
        var waiting = Start(store, handled);
        handled.Events.ShouldBeEmpty();

        other.Kill();
        await other.WaitForExitAsync(Token);

        await Eventually.TrueAsync(async () => (await waiting.GetStatusAsync(Token)).State == ConsumerState.Live, "nobody took over", TakeOver);
        handled.Positions.ShouldBe(Enumerable.Range((int)handled.Positions[0], handled.Positions.Length).Select(i => (long)i));
        handled.Positions[^1].ShouldBe(20);
    }

    [Fact]
    public async Task Subscriptions_of_different_names_do_not_wait_for_each_other()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        var (mail, audit) = (new Handled { Refuses = _ => true }, new Handled());
        Start(store, mail, Options with { Attempts = int.MaxValue });
        Start(store, audit, Options with { Name = "audit" });

        await audit.UntilAsync(5);
        mail.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lag_and_error_of_a_subscription_that_is_stuck_are_seen()
    {
        var name = $"stuck {Guid.NewGuid()}";
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(7)), Token);
        var subscription = Start(store, new Handled { Refuses = recorded => recorded.Position > 2 }, Options with { Name = name, Attempts = int.MaxValue });

        await StateAsync(subscription, ConsumerState.Retrying);

        var lags = new List<long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((instrument, lag, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (instrument.Name == "projection_lag_events" && tag.Key == "subscription" && (string?)tag.Value == name) lags.Add(lag);
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        lags.ShouldBe([5]);
        (await subscription.GetStatusAsync(Token)).ShouldBe(new SubscriptionStatus(name, 2, 5, ConsumerState.Retrying, "no 3\0"));
    }
}
