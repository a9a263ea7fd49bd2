using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using CloudNative.CloudEvents;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.Resilience;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Messaging;

/// <summary>What the event bus promises, whatever brings its events.</summary>
public abstract class EventBusConformance : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DataFolder _folder = new();
    private readonly List<IAsyncDisposable> _opened = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Topic { get; } = $"orders-{Guid.NewGuid():N}";

    /// <summary>Whether the server of the tests can have a group forgotten.</summary>
    protected virtual bool ForgetsGroups => true;

    private EventBusStore Store { get; set; } = null!;

    public virtual ValueTask InitializeAsync()
    {
        Store = OpenStore(_folder.Path);
        return default;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened)) await opened.DisposeAsync();
        await Store.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A transport as another process would have it; the same one where there is but one process.</summary>
    protected abstract IMessageTransport OpenTransport();

    protected virtual EventBusStore OpenStore(string folder) => EventBusStore.OnSqlite(Path.Combine(folder, "bus.db"), TimeProvider.System);

    [Fact]
    public async Task Every_group_gets_every_event_with_all_that_it_says()
    {
        var (bus, first, second) = (OpenBus(), new Handler(), new Handler());
        await SubscribeAsync(bus, "first", first);
        await SubscribeAsync(bus, "second", second);
        var published = Event("1");
        (published.Subject, published.Time, published.DataContentType) = ("order/1", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "application/json");
        published.Data = JsonElement.Parse("""{"total": 12.50, "name": "Zoë 🙂"}""");
        published.SetAttributeFromString("tenant", "north");

        await bus.PublishAsync(Topic, published, "customer-1", Token);

        foreach (var handler in new[] { first, second })
        {
            var got = await handler.FirstAsync();
            (got.Id, got.Source, got.Type, got.Subject, got.Time, got.DataContentType).ShouldBe((published.Id, published.Source, published.Type, published.Subject, published.Time, published.DataContentType));
            JsonElement.DeepEquals((JsonElement)got.Data!, (JsonElement)published.Data).ShouldBeTrue();
            (got["tenant"], got["partitionkey"]).ShouldBe(("north", "customer-1"));
        }
    }

    [Fact]
    public async Task Events_of_a_key_are_handled_in_their_order_and_others_beside_them()
    {
        var bus = OpenBus();
        var seen = new ConcurrentDictionary<string, ConcurrentQueue<int>>(StringComparer.Ordinal);
        await SubscribeAsync(bus, "group", async (received, token) =>
        {
            var (key, number) = ((string)received["partitionkey"]!, int.Parse(received.Subject!));

            // Whoever is second for a moment stays behind only if nobody overtakes.
            if (number % 7 == 0) await Task.Yield();
            seen.GetOrAdd(key, _ => new ConcurrentQueue<int>()).Enqueue(number);
        });

        await bus.PublishAsync(Topic, [.. Enumerable.Range(0, 500).Select(number => Event($"{number}", key: $"key-{number % 5}", subject: $"{number / 5}"))], Token);

        await Eventually(() => seen.Values.Sum(numbers => numbers.Count) == 500, "all are handled");
        foreach (var numbers in seen.Values) numbers.ShouldBe(Enumerable.Range(0, 100));
    }

    [Fact]
    public async Task Group_that_fails_or_is_slow_holds_up_no_other_group()
    {
        var (bus, swift) = (OpenBus(), new Handler());
        var never = new TaskCompletionSource();
        await SubscribeAsync(bus, "failing", (_, _) => throw new InvalidOperationException("no"));
        await SubscribeAsync(bus, "slow", async (_, token) => await never.Task.WaitAsync(token), options => options.DrainTimeout = TimeSpan.Zero);
        await SubscribeAsync(bus, "swift", swift);

        await bus.PublishAsync(Topic, [.. Enumerable.Range(0, 20).Select(number => Event($"{number}", key: "one"))], Token);

        await Eventually(() => swift.Got.Count == 20, "the swift one has all");
        swift.Got.Select(got => got.Id).ShouldBe(Enumerable.Range(0, 20).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Event_is_tried_again_and_those_of_its_key_wait_for_it()
    {
        var bus = OpenBus();
        var order = new ConcurrentQueue<string>();
        var failures = 2;
        await SubscribeAsync(bus, "group", (received, _) =>
        {
            order.Enqueue(received.Id!);
            return received.Id == "1" && Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("not yet") : default;
        });

        await bus.PublishAsync(Topic, [Event("1", key: "one"), Event("2", key: "one")], Token);

        await Eventually(() => order.Count == 4, "both are handled");
        order.ShouldBe(["1", "1", "1", "2"]);
        (await bus.ListDeadAsync(new DeadEventQuery(Topic), Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Event_that_cannot_be_handled_is_put_aside_listed_and_replayed_for_its_group_alone()
    {
        var (bus, other) = (OpenBus(), new Handler());
        var (isMended, got) = (false, new ConcurrentQueue<string>());
        await SubscribeAsync(bus, "broken", (received, _) =>
        {
            if (!Volatile.Read(ref isMended) && received.Id == "poison") throw new InvalidOperationException("it is poison");
            got.Enqueue(received.Id!);
            return default;
        });
        await SubscribeAsync(bus, "other", other);

        await bus.PublishAsync(Topic, [Event("poison", key: "one"), Event("good", key: "one")], Token);

        await Eventually(() => got.Contains("good"), "what is behind it goes on");
        var dead = (await bus.ListDeadAsync(new DeadEventQuery(Topic), Token)).ShouldHaveSingleItem();
        (dead.Topic, dead.Group, dead.Attempts, dead.Reason, dead.ReplayedAt).ShouldBe((Topic, "broken", 3, "it is poison", null));
        (await bus.ListDeadAsync(new DeadEventQuery(Topic, "other"), Token)).ShouldBeEmpty();

        Volatile.Write(ref isMended, true);
        (await bus.ReplayAsync(dead.Id, Token)).ShouldBeTrue();
        await Eventually(() => got.Contains("poison"), "it is handled");
        (await bus.ListDeadAsync(new DeadEventQuery(Topic), Token)).ShouldHaveSingleItem().ReplayedAt.ShouldNotBeNull();
        other.Got.Select(each => each.Id).Order().ShouldBe(["good", "poison"]);

        (await bus.DiscardAsync(dead.Id, Token)).ShouldBeTrue();
        (await bus.DiscardAsync(dead.Id, Token)).ShouldBeFalse();
        (await bus.ReplayAsync(dead.Id, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Event_that_comes_again_is_handled_once()
    {
        var (bus, handler) = (OpenBus(), new Handler());
        await SubscribeAsync(bus, "group", handler);

        for (var time = 0; time < 3; time++) await bus.PublishAsync(Topic, Event("1", key: "one"), key: null, Token);
        await bus.PublishAsync(Topic, Event("2", key: "one"), key: null, Token);

        await Eventually(() => handler.Got.Any(got => got.Id == "2"), "the last one is there");
        handler.Got.Select(got => got.Id).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task What_is_under_way_at_the_end_is_finished_and_what_waits_is_for_the_next_who_subscribes()
    {
        var (bus, begun, go, first, second) = (OpenBus(), new TaskCompletionSource(), new TaskCompletionSource(), new ConcurrentQueue<string>(), new Handler());
        var subscription = await bus.SubscribeAsync(Topic, "group", async (received, _) =>
        {
            begun.TrySetResult();
            await go.Task;
            first.Enqueue(received.Id!);
        }, Options(options => options.Concurrency = 1), Token);
        await bus.PublishAsync(Topic, Event("1", key: "one"), key: null, Token);
        await begun.Task.WaitAsync(Patience, Token);

        var ending = subscription.DisposeAsync();
        go.SetResult();
        await ending;
        first.ShouldBe(["1"]);

        await bus.PublishAsync(Topic, Event("2", key: "one"), key: null, Token);
        await SubscribeAsync(bus, "group", second);
        (await second.FirstAsync()).Id.ShouldBe("2");
    }

    [Fact]
    public async Task What_is_given_up_at_the_end_and_what_waits_behind_it_comes_again_in_its_order()
    {
        var (bus, begun, next) = (OpenBus(), new TaskCompletionSource(), new Handler());
        var subscription = await bus.SubscribeAsync(Topic, "group", async (_, token) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        }, Options(options => options.DrainTimeout = TimeSpan.Zero), Token);
        await bus.PublishAsync(Topic, [.. Enumerable.Range(0, 20).Select(number => Event($"{number}", key: "one"))], Token);
        await begun.Task.WaitAsync(Patience, Token);

        await subscription.DisposeAsync();

        await SubscribeAsync(bus, "group", next);
        await Eventually(() => next.Got.Count == 20, "all are handled");
        next.Got.Select(got => got.Id).ShouldBe(Enumerable.Range(0, 20).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Group_that_is_forgotten_begins_anew()
    {
        Assert.SkipUnless(ForgetsGroups, "the stand-in for this broker cannot have a group forgotten");
        var (bus, later) = (OpenBus(), new Handler());
        await (await bus.SubscribeAsync(Topic, "group", new Handler().HandleAsync, Options(), Token)).DisposeAsync();
        await bus.PublishAsync(Topic, Event("missed"), key: null, Token);

        await bus.UnsubscribeAsync(Topic, "group", Token);
        await SubscribeAsync(bus, "group", later);
        await bus.PublishAsync(Topic, Event("new"), key: null, Token);

        (await later.FirstAsync()).Id.ShouldBe("new");
    }

    [Fact]
    public async Task Events_are_shared_among_those_who_subscribe_for_one_group_and_go_on_when_one_ends()
    {
        var (one, other) = (OpenBus(), OpenBus());
        var seen = new ConcurrentQueue<string>();
        ValueTask Handle(CloudEvent received, CancellationToken token)
        {
            seen.Enqueue(received.Id!);
            return default;
        }

        await SubscribeAsync(one, "group", Handle);
        var second = await other.SubscribeAsync(Topic, "group", Handle, Options(), Token);
        await one.PublishAsync(Topic, [.. Enumerable.Range(0, 50).Select(number => Event($"{number}", key: $"{number % 10}"))], Token);
        await second.DisposeAsync();
        await one.PublishAsync(Topic, [.. Enumerable.Range(50, 50).Select(number => Event($"{number}", key: $"{number % 10}"))], Token);

        await Eventually(() => seen.Count >= 100, "all are handled");
        seen.Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 100).Select(number => $"{number}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Handling_is_a_part_of_the_trace_in_which_was_published()
    {
        var (bus, handled) = (OpenBus(), new TaskCompletionSource<ActivityTraceId?>());
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == "FlexCore.Clients", Sample = (ref _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        await SubscribeAsync(bus, "group", (_, _) =>
        {
            handled.TrySetResult(Activity.Current?.TraceId);
            return default;
        });

        using var publisher = new Activity("publisher").Start();
        await bus.PublishAsync(Topic, Event("1"), key: null, Token);

        (await handled.Task.WaitAsync(Patience, Token)).ShouldBe(publisher.TraceId);
    }

    [Fact]
    public async Task Handling_is_measured_once_whatever_brings_the_event()
    {
        var (bus, handler) = (OpenBus(), new Handler());
        using var metrics = new Measured();
        await using (await bus.SubscribeAsync(Topic, "group", handler.HandleAsync, Options(), Token))
        {
            await bus.PublishAsync(Topic, [Event("1", key: "one"), Event("2", key: "one")], Token);
            await Eventually(() => handler.Got.Count == 2, "both are handled");
        }

        metrics.Values.Count(value => value.Name == "messaging.process.duration" && Equals(value.Tags["messaging.destination.name"], Topic)).ShouldBe(2);
    }

    [Fact]
    public async Task What_is_no_event_or_too_large_is_refused_where_it_is_published()
    {
        var bus = OpenBus();
        await Should.ThrowAsync<InvalidOperationException>(async () => await bus.PublishAsync(Topic, new CloudEvent { Id = "1" }, key: null, Token));
        await Should.ThrowAsync<ArgumentException>(async () => await bus.PublishAsync("no topic", Event("1"), key: null, Token));
        await Should.ThrowAsync<ArgumentException>(async () => await bus.SubscribeAsync(Topic, "group", (_, _) => default, new SubscriberOptions { Concurrency = 0, DrainTimeout = TimeSpan.FromDays(1) }, Token));
    }

    internal static CloudEvent Event(string id, string? key = null, string? subject = null)
    {
        var made = new CloudEvent { Id = id, Source = new Uri("https://shop.example/orders"), Type = "order.placed", Subject = subject, DataContentType = "application/json", Data = JsonElement.Parse("""{"a": 1}""") };
        if (key is not null) made.SetAttributeFromString("partitionkey", key);
        return made;
    }

    internal static Task Eventually(Func<bool> condition, string what) => Eventually(() => ValueTask.FromResult(condition()), what);

    internal static async Task Eventually(Func<ValueTask<bool>> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Patience, what);
            await Task.Delay(10, Token);
        }
    }

    private EventBus OpenBus()
    {
        var transport = OpenTransport();
        _opened.Add(transport);
        return new EventBus(transport, Store, NullLoggerFactory.Instance, TimeProvider.System);
    }

    internal static SubscriberOptions Options(Action<SubscriberOptions>? change = null)
    {
        var options = new SubscriberOptions { Retry = new RetryOptions { Attempts = 3, Delay = TimeSpan.FromMilliseconds(1) } };
        change?.Invoke(options);
        return options;
    }

    private Task SubscribeAsync(EventBus bus, string group, Handler handler) => SubscribeAsync(bus, group, handler.HandleAsync);

    private async Task SubscribeAsync(EventBus bus, string group, Func<CloudEvent, CancellationToken, ValueTask> handle, Action<SubscriberOptions>? change = null) =>
        _opened.Add(await bus.SubscribeAsync(Topic, group, handle, Options(change), Token));

    /// <summary>Takes whatever comes.</summary>
    internal sealed class Handler
    {
        private readonly TaskCompletionSource<CloudEvent> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<CloudEvent> Got { get; } = [];

        public Task<CloudEvent> FirstAsync() => _first.Task.WaitAsync(Patience, Token);

        public ValueTask HandleAsync(CloudEvent received, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Got.Enqueue(received);
            _first.TrySetResult(received);
            return default;
        }
    }
}
