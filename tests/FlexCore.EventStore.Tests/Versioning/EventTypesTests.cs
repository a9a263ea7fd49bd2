using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FlexCore.EventStore.Tests.Versioning;

public sealed class EventTypesTests
{
    private static readonly EventTypes Known = new EventTypes()
        .Add("OrderPlaced", typeof(OrderPlaced), () => OrderJson.Default.OrderPlaced, TotalGetsACurrency, TotalBecomesLines)
        .Add("OrderShipped", typeof(OrderShipped), () => OrderJson.Default.OrderShipped);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Form_of_every_version_is_read_as_todays(int version)
    {
        var golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Versioning", "golden", $"OrderPlaced.v{version}.json")).TrimEnd('\n');

        var order = Known.Decode(Stored("OrderPlaced", golden, $$"""{"actor":{"schema":9},"schema":{{version}}}""")).ShouldBeOfType<OrderPlaced>();

        (order.Order, order.Lines.ShouldHaveSingleItem()).ShouldBe((7, new Money("12.50", "EUR")));
        if (version == 3) Encoding.UTF8.GetString(Known.Encode(order).Data.Span).ShouldBe(golden);
    }

    [Fact]
    public void Version_is_in_the_metadata_and_1_where_they_say_nothing()
    {
        var encoded = Known.Encode(new OrderPlaced(1, []));
        (encoded.Type, Encoding.UTF8.GetString(encoded.Metadata.Span)).ShouldBe(("OrderPlaced", """{"schema":3}"""));
        foreach (var metadata in new[] { "", "{}", "[]", "no json" })
        {
            Known.Decode(Stored("OrderPlaced", """{"order":7,"total":"1"}""", metadata)).ShouldBeOfType<OrderPlaced>().Lines[0].Currency.ShouldBe("EUR");
        }
    }

    [Theory]
    [InlineData("OrderRevoked", """{"schema":1}""", 1)]
    [InlineData("OrderShipped", """{"schema":2}""", 2)]
    [InlineData("OrderShipped", """{"schema":"two"}""", 0)]
    [InlineData("OrderShipped", """{"schema":0}""", 0)]
    public void Event_that_is_not_known_or_newer_is_given_raw(string type, string metadata, int schema)
    {
        var stored = Stored(type, "{", metadata);

        Known.Decode(stored).ShouldBe(new UnknownEvent(stored, schema));
    }

    [Theory]
    [InlineData("OrderShipped", "{")]
    [InlineData("OrderShipped", "null")]
    [InlineData("OrderPlaced", "[1]")]
    public void Data_that_are_not_those_of_the_type_are_refused(string type, string data) => Should.Throw<JsonException>(() => Known.Decode(Stored(type, data, "")));

    [Fact]
    public void Type_that_was_not_made_known_is_not_stored() => Should.Throw<ArgumentException>(() => Known.Encode("text")).Message.ShouldContain("not made known");

    private static JsonObject TotalGetsACurrency(JsonObject data)
    {
        data["total"] = new JsonObject { ["amount"] = data["total"]!.DeepClone(), ["currency"] = "EUR" };
        return data;
    }

    private static JsonObject TotalBecomesLines(JsonObject data) => new() { ["order"] = data["order"]!.DeepClone(), ["lines"] = new JsonArray(data["total"]!.DeepClone()) };

    private static RecordedEvent Stored(string type, string data, string metadata) =>
        new(1, "order-7", 1, Guid.Empty, type, Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(metadata), default);
}

internal sealed record OrderPlaced(int Order, IReadOnlyList<Money> Lines);

internal sealed record OrderShipped(int Order);

internal sealed record Money(string Amount, string Currency);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(OrderShipped))]
internal sealed partial class OrderJson : JsonSerializerContext;
