using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Tests.Csv;

/// <summary>tap-csv: what is in the file comes out, and the next time what was appended since.</summary>
public sealed class CsvTapTests : IDisposable
{
    private readonly Connector _connector = new();

    public void Dispose() => _connector.Dispose();

    [Fact]
    public async Task Quotes_line_ends_and_empty_fields_come_out_as_they_are_meant()
    {
        var records = await ReadAsync("\uFEFFid,name,note\r\n1,\"Doe, \"\"Jo\"\"\",\"two\nlines\"\r\n\r\n2,,\\N\r\n3,\"\",tab\there");

        records.ShouldBe(
        [
            """{"id":1,"name":"Doe, \u0022Jo\u0022","note":"two\nlines"}""",
            """{"id":2,"name":"","note":null}""",
            """{"id":3,"name":"","note":"tab\there"}""",
        ]);
    }

    [Fact]
    public async Task Numbers_keep_every_digit_and_types_are_inferred_or_given()
    {
        var (result, messages) = await _connector.TapAsync("tap-csv", Config("n,big,flag,code\n1,123456789012345678901234567890.10,true,007\n2,1e5,false,008\n", new JsonObject { ["code"] = "string" }));

        result.ShouldExitWith(0);
        messages[0]["schema"]!["properties"]!.ToJsonString().ShouldBe("""{"n":{"type":["null","integer"]},"big":{"type":["null","number"]},"flag":{"type":["null","boolean"]},"code":{"type":["null","string"]}}""");
        result.Output.ShouldContain("""{"n":1,"big":123456789012345678901234567890.10,"flag":true,"code":"007"}""");
    }

    [Fact]
    public async Task Next_run_reads_the_rows_appended_since_and_a_file_that_was_replaced_from_its_beginning()
    {
        var (_, first) = await _connector.TapAsync("tap-csv", Config("id\n1\n2\n"));
        var state = first[^1]["value"];
        await File.AppendAllTextAsync(_connector.PathOf("data.csv"), "3\n", Connector.Token);

        var (_, second) = await _connector.TapAsync("tap-csv", Config(null), state);
        Records(second).ShouldBe(["""{"id":3}"""]);

        var (replaced, third) = await _connector.TapAsync("tap-csv", Config("id\n9\n"), state);
        Records(third).ShouldBe(["""{"id":9}"""]);
        replaced.Error.ShouldContain("it was replaced");
    }

    [Theory]
    [InlineData("id,name\n1\n", "row 1: it has 1 fields, the header has 2")]
    [InlineData("id\n\"1\n", "a quoted field has no end")]
    [InlineData("id,n\n\"1\"x,2\n", "between a closing quote and the end")]
    [InlineData("id,id\n1,2\n", "each column needs a name of its own")]
    [InlineData("", "no header row")]
    [InlineData("other\n1\n", "no column 'id'")]
    public async Task File_that_is_not_right_ends_the_tap_with_its_place(string content, string reason)
    {
        var config = Config(content);
        config["keys"] = new JsonArray("id");
        (await _connector.TapAsync("tap-csv", config)).Result.ShouldExitWith(1).Error.ShouldContain(reason);
    }

    [Fact]
    public async Task Value_that_does_not_fit_its_type_is_never_turned_into_something_else()
    {
        var rows = string.Concat(Enumerable.Range(0, 1500).Select(i => $"{i}\n"));
        (await _connector.TapAsync("tap-csv", Config($"id\n{rows}x\n"))).Result.ShouldExitWith(1).Error.ShouldContain("row 1501: column 'id' holds 'x', which is no integer");
    }

    [Fact]
    public async Task Fields_that_a_catalog_leaves_out_are_neither_in_the_schema_nor_in_records()
    {
        var found = JsonNode.Parse((await _connector.RunAsync(["tap-csv", "--config", _connector.Write("c.json", Config("id,secret\n1,x\n").ToJsonString()), "--discover"])).ShouldExitWith(0).Output)!;
        foreach (var entry in found["streams"]![0]!["metadata"]!.AsArray())
            entry!["metadata"]!["selected"] = entry["breadcrumb"]!.AsArray() is not [_, { } field] || field.GetValue<string>() != "secret";

        var (result, _) = await _connector.TapAsync("tap-csv", Config(null), catalog: found);

        result.ShouldExitWith(0).Output.ShouldNotContain("secret");
        result.Output.ShouldContain("""{"id":1}""");
    }

    [Theory]
    [InlineData("""{"path": "x.csv", "pth": 1}""", "pth")]
    [InlineData("""{"path": 5}""", "'path'")]
    [InlineData("{}", "path")]
    [InlineData("nonsense", "not valid JSON")]
    public async Task Settings_that_are_wrong_are_refused_by_name(string config, string name) =>
        (await _connector.RunAsync(["tap-csv", "--config", _connector.Write("c.json", config)])).ShouldExitWith(1).Error.ShouldContain(name);

    private static IEnumerable<string> Records(IEnumerable<JsonNode> messages) => messages.Where(message => (string?)message["type"] == "RECORD").Select(message => message["record"]!.ToJsonString());

    private async Task<IEnumerable<string>> ReadAsync(string content)
    {
        var (result, messages) = await _connector.TapAsync("tap-csv", Config(content));
        result.ShouldExitWith(0);
        return Records(messages);
    }

    private JsonObject Config(string? content, JsonObject? types = null)
    {
        if (content is not null) _connector.Write("data.csv", content);
        var config = new JsonObject { ["path"] = _connector.PathOf("data.csv") };
        if (types is not null) config["types"] = types;
        return config;
    }
}
