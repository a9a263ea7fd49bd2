using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlexCore.EventStore.Tests.Sqlite;

namespace FlexCore.EventStore.Tests;

/// <summary>The example of docs/guides/event-store.md.</summary>
public sealed class EventStoreGuide : StoreFolder
{
    [Fact]
    public async Task Package_can_be_used_as_its_guide_says()
    {
        var store = await OpenAsync();
        var types = new EventTypes().Add("OrderPlaced", typeof(Placed), () => GuideJson.Default.Placed, AddCurrency);
        var old = new EventData(Guid.CreateVersion7(), "OrderPlaced", """{"Amount":30}"""u8.ToArray(), default);

        await store.AppendAsync(new StreamAppend("order-7", ExpectedVersion.NoStream, [old, types.Encode(new Placed(12, "EUR"))]), Token);

        var shape = new StateShape<Turnover>(
            "turnover/1",
            new Turnover(0),
            (turnover, recorded) => types.Decode(recorded) is Placed { Currency: "EUR" } placed ? new Turnover(turnover.Amount + placed.Amount) : turnover,
            GuideJson.Default.Turnover);
        var reader = new SnapshotReader<Turnover>(store, store, shape, every: 100);
        (await reader.ReadAsync("order-7", Token)).ShouldBe((new Turnover(42), 2));
    }

    [Fact]
    public async Task Personal_data_are_kept_and_erased_as_the_guide_says()
    {
        var store = await OpenAsync();
        var types = new EventTypes().Add("OrderPlaced", typeof(Placed), () => GuideJson.Default.Placed, AddCurrency);
        var personal = store.OpenPersonalData(RandomNumberGenerator.GetBytes(32));

        var placed = await personal.ProtectAsync(types.Encode(new Placed(12, "EUR")), subject: "customer-4711", Token);
        await store.AppendAsync(new StreamAppend("order-8", ExpectedVersion.NoStream, [placed]), Token);

        types.Decode(await personal.RevealAsync((await store.ReadLastAsync("order-8", Token))!, Token)).ShouldBe(new Placed(12, "EUR"));
        await personal.EraseAsync("customer-4711", reason: "asked for it", by: "operator", cancellationToken: Token);
        types.Decode(await personal.RevealAsync((await store.ReadLastAsync("order-8", Token))!, Token)).ShouldBeOfType<ErasedEvent>();
    }

    private static JsonObject AddCurrency(JsonObject data)
    {
        data["Currency"] = "EUR";
        return data;
    }
}

internal sealed record Placed(decimal Amount, string Currency);

internal sealed record Turnover(decimal Amount);

[JsonSerializable(typeof(Placed))]
[JsonSerializable(typeof(Turnover))]
internal sealed partial class GuideJson : JsonSerializerContext;
