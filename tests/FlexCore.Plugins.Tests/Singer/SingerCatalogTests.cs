using System.Text.Json.Nodes;
using FlexCore.Plugins.Singer;

namespace FlexCore.Plugins.Tests.Singer;

public sealed class SingerCatalogTests
{
    private const string Catalog = """
        {"streams":[
          {"tap_stream_id":"orders","schema":{"properties":{"id":{},"total":{},"card":{}}},
           "metadata":[{"breadcrumb":["properties","id"],"metadata":{"inclusion":"automatic"}},{"breadcrumb":[],"metadata":{"selected":true,"replication-method":"FULL_TABLE"}}]},
          {"stream":"people","schema":{"properties":{"name":{},"address":{"properties":{"street":{},"city":{}}},"blob":{}}},
           "metadata":[{"breadcrumb":["properties","address","properties","street"],"metadata":{}},{"breadcrumb":["properties","blob"],"metadata":{"inclusion":"unsupported"}}]}]}
        """;

    [Theory]
    [InlineData("orders.*", "orders orders.id orders.total orders.card")]
    [InlineData("orders", "orders orders.id orders.total orders.card")]
    [InlineData("orders.* !orders.card", "orders orders.id orders.total")]
    [InlineData("orders.total", "orders orders.id orders.total")]
    [InlineData("orders.t*l", "orders orders.id orders.total")]
    [InlineData("!orders", "people people.name people.address people.address.street orders.id")]
    [InlineData("* !people", "orders orders.id orders.total orders.card")]
    [InlineData("*.name", "people people.name orders.id")]
    [InlineData("people.address", "people people.address people.address.street orders.id")]
    [InlineData("people.* !people.address", "people people.name orders.id")]
    [InlineData("people.blob orders", "orders orders.id orders.total orders.card")]
    public void Rules_select_streams_and_fields(string rules, string selected)
    {
        var catalog = JsonNode.Parse(Catalog)!.AsObject();

        SingerCatalog.Select(catalog, rules.Split(' ')).ShouldBeNull();

        Selected(catalog).ShouldBe(selected.Split(' '), ignoreOrder: true);
    }

    [Fact]
    public void Selection_that_matches_nothing_names_what_there_is() =>
        SingerCatalog.Select(JsonNode.Parse(Catalog)!.AsObject(), ["invoices.*"]).ShouldBe("select: [invoices.*] matches none of: orders, people");

    [Fact]
    public void Selection_is_written_into_metadata_and_schema_and_leaves_the_rest()
    {
        var catalog = JsonNode.Parse(Catalog)!.AsObject();

        SingerCatalog.Select(catalog, ["orders.total"]).ShouldBeNull();

        var orders = catalog["streams"]![0]!;
        orders["schema"]!["properties"]!["total"]!["selected"]!.GetValue<bool>().ShouldBeTrue();
        orders["schema"]!["properties"]!["card"]!["selected"]!.GetValue<bool>().ShouldBeFalse();
        orders["metadata"]!.AsArray().Single(entry => entry!["breadcrumb"]!.AsArray().Count == 0)!["metadata"]!["replication-method"]!.GetValue<string>().ShouldBe("FULL_TABLE");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"streams":5}""")]
    [InlineData("""{"streams":[5,null,[]]}""")]
    public void Catalog_without_streams_is_refused(string json) => SingerCatalog.Select(JsonNode.Parse(json)!.AsObject(), ["*"]).ShouldNotBeNull();

    [Theory]
    [InlineData("""{"streams":[{"tap_stream_id":5,"schema":7}]}""")]
    [InlineData("""{"streams":[{"stream":null,"schema":[],"metadata":"x"}]}""")]
    [InlineData("""{"streams":[{"stream":"a","schema":{"properties":[]},"metadata":[{"breadcrumb":[5,null],"metadata":{"inclusion":5}},{"breadcrumb":"x","metadata":[]},7]}]}""")]
    [InlineData("""{"streams":[{"stream":"a","schema":{"properties":{"x":5,"y":null}}}]}""")]
    public void Catalog_of_a_strange_shape_does_no_harm(string json)
    {
        var catalog = JsonNode.Parse(json)!.AsObject();

        Should.NotThrow(() => SingerCatalog.Select(catalog, ["*"]));
        catalog["streams"]![0]!["metadata"]!.AsArray().ShouldNotBeEmpty();
    }

    private static IEnumerable<string> Selected(JsonObject catalog) =>
        from stream in catalog["streams"]!.AsArray()
        let id = (stream["tap_stream_id"] ?? stream["stream"])!.GetValue<string>()
        from entry in stream["metadata"]!.AsArray()
        where entry["metadata"]!["selected"]?.GetValue<bool>() == true
        select string.Join('.', entry["breadcrumb"]!.AsArray().Select(part => part!.GetValue<string>()).Where(part => part != "properties").Prepend(id));
}
