using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Subscriptions;
using FlexCore.EventStore.Tests.Sqlite;

namespace FlexCore.EventStore.Tests;

/// <summary>The examples of docs/guides/event-store.md do what it says.</summary>
public sealed class EventStoreGuide : StoreFolder
{
    private static readonly byte[] MasterKey = RandomNumberGenerator.GetBytes(32);
    private static readonly EventData OldForm = new(Guid.CreateVersion7(), "OrderPlaced", """{"Amount":30}"""u8.ToArray(), default);

    [Fact]
    public async Task Package_can_be_used_as_its_guide_says()
    {
        await Shop.PlaceAsync(StorePath);

        var store = await OpenAsync();
        await store.AppendAsync(new StreamAppend("order-7", ExpectedVersion.Exact(1), [OldForm]), Token);
        (await Shop.ReadAsync(store)).ShouldBe((new Turnover(42), 2));
    }

    [Fact]
    public async Task Personal_data_are_kept_and_erased_as_the_guide_says()
    {
        var (before, after) = await Shop.KeepAndEraseAsync(await OpenAsync(), MasterKey);

        before.ShouldBe(new Placed(12, "EUR"));
        after.ShouldBeOfType<ErasedEvent>();
    }

    [Fact]
    public async Task Subscriber_gets_what_happens_from_then_on()
    {
        var store = await OpenAsync();
        var mailed = new TaskCompletionSource<Placed>();
        await using var mails = Shop.SendMails(store, placed => mailed.TrySetResult(placed));
        await Eventually.TrueAsync(async () => (await mails.GetStatusAsync(Token)).State == ConsumerState.Live, "it does not follow the log");

        await store.AppendAsync(new StreamAppend("order-8", ExpectedVersion.NoStream, [OldForm]), Token);

        (await mailed.Task.WaitAsync(TimeSpan.FromSeconds(30), Token)).ShouldBe(new Placed(30, "EUR"));
    }

    [Fact]
    public async Task What_was_appended_can_be_read_in_the_tables_of_a_projection() => (await Shop.ListAsync(await OpenAsync())).ShouldBe(["order-9"]);
}

internal static class Shop
{
    // Names on the wire stand here and never change; the form of version 1 becomes that of version 2 whenever it is read.
    private static readonly EventTypes Types = new EventTypes().Add("OrderPlaced", typeof(Placed), () => GuideJson.Default.Placed, AddCurrency);

    public static async Task PlaceAsync(string file)
    {
        await using var store = await SqliteEventStore.OpenAsync(file, TimeProvider.System);   // or PostgresEventStore

        await store.AppendAsync(new StreamAppend("order-7", ExpectedVersion.NoStream, [Types.Encode(new Placed(12, "EUR"))]));
    }

    public static async Task<(Turnover State, long Version)> ReadAsync(SqliteEventStore store)
    {
        var shape = new StateShape<Turnover>(
            "turnover/1",
            new Turnover(0),
            (turnover, recorded) => Types.Decode(recorded) is Placed placed ? new Turnover(turnover.Amount + placed.Amount) : turnover,
            GuideJson.Default.Turnover);
        var reader = new SnapshotReader<Turnover>(store, store, shape, every: 100);
        var (turnover, version) = await reader.ReadAsync("order-7");
        return (turnover, version);
    }

    public static async Task<(object Before, object After)> KeepAndEraseAsync(SqliteEventStore store, byte[] masterKey)
    {
        var personal = store.OpenPersonalData(masterKey);                                   // 32 bytes that lie elsewhere than the store
        var placed = await personal.ProtectAsync(Types.Encode(new Placed(12, "EUR")), subject: "customer-4711");
        await store.AppendAsync(new StreamAppend("order-8", ExpectedVersion.NoStream, [placed]));

        var recorded = await personal.RevealAsync((await store.ReadLastAsync("order-8"))!);  // or a list of events at once
        var before = Types.Decode(recorded);                                                 // Placed
        await personal.EraseAsync("customer-4711", reason: "asked for it", by: "operator");
        var after = Types.Decode(await personal.RevealAsync((await store.ReadLastAsync("order-8"))!));   // ErasedEvent
        return (before, after);
    }

    public static EventSubscription SendMails(SqliteEventStore store, Action<Placed> send)
    {
        var mails = store.Subscribe(
            new SubscriptionOptions("mails") { Filter = new LogFilter(Category: "order") },
            async (recorded, delivery, token) =>
            {
                if (Types.Decode(recorded) is Placed placed && delivery != EventDelivery.CatchingUp) await SendMailAsync(placed, token);
            });
        mails.Start();
        return mails;

        Task SendMailAsync(Placed placed, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            send(placed);
            return Task.CompletedTask;
        }
    }

    public static async Task<IReadOnlyList<string>> ListAsync(SqliteEventStore store)
    {
        await using var orders = store.Project(new Orders());
        orders.Start();
        var appended = await store.AppendAsync(new StreamAppend("order-9", ExpectedVersion.NoStream, [Types.Encode(new Placed(12, "EUR"))]));
        await orders.WaitUntilAsync(appended.LastPosition);          // what was appended can now be read
        await using var views = await store.OpenViewsAsync();
        await using var select = views.CreateCommand();
        select.CommandText = "SELECT id FROM orders";
        List<string> ids = [];
        await using var rows = await select.ExecuteReaderAsync();
        while (await rows.ReadAsync()) ids.Add(rows.GetString(0));
        return ids;
    }

    private static JsonObject AddCurrency(JsonObject data)
    {
        data["Currency"] = "EUR";
        return data;
    }
}

internal sealed class Orders() : Projection("orders", version: 1, "orders")
{
    public override LogFilter Filter { get; } = new(Category: "order");

    public override async ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken) =>
        await views.ExecuteAsync($"CREATE TABLE {views.Table("orders")} (id TEXT PRIMARY KEY, placed_at TEXT NOT NULL)", cancellationToken);

    public override async ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken)
    {
        foreach (var placed in events.Where(recorded => recorded.Type == "OrderPlaced"))
        {
            await views.ExecuteAsync(
                $"INSERT INTO {views.Table("orders")} (id, placed_at) VALUES (@id, @at)", cancellationToken,
                ("id", placed.StreamId), ("at", placed.RecordedAt.ToString("O")));
        }
    }
}

internal sealed record Placed(decimal Amount, string Currency);

internal sealed record Turnover(decimal Amount);

[JsonSerializable(typeof(Placed))]
[JsonSerializable(typeof(Turnover))]
internal sealed partial class GuideJson : JsonSerializerContext;
