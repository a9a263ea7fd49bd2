using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Tests.JsonLines;

/// <summary>tap-jsonl: objects come out as they were written, and the next time those appended since.</summary>
public sealed class JsonLinesTapTests : IDisposable
{
    private readonly Connector _connector = new();

    public void Dispose() => _connector.Dispose();

    [Fact]
    public async Task Objects_come_out_digit_for_digit_with_the_types_they_have_been_seen_with()
    {
        var (result, messages) = await _connector.TapAsync("tap-jsonl", Config("""
            {"id": 1, "n": 1, "any": null, "doc": {"a": [1]}}

            {"id": 2, "n": 123456789012345678901234567890.10, "text": "é😀"}

            """, "id"));

        result.ShouldExitWith(0).Output.ShouldContain("""{"id": 2, "n": 123456789012345678901234567890.10, "text": "é😀"}""");
        messages[0]["schema"]!["properties"]!.ToJsonString().ShouldBe("""{"id":{"type":["integer"]},"n":{"type":["null","number"]},"any":{},"doc":{"type":["null","object"]},"text":{"type":["null","string"]}}""");
        messages.Count(message => (string?)message["type"] == "RECORD").ShouldBe(2);
    }

    [Fact]
    public async Task Line_that_is_being_written_is_left_for_the_next_run()
    {
        var (_, first) = await _connector.TapAsync("tap-jsonl", Config("{\"id\":1}\n{\"id\":2"));
        await File.AppendAllTextAsync(_connector.PathOf("data.jsonl"), "2}\n", Connector.Token);
        var (_, second) = await _connector.TapAsync("tap-jsonl", Config(null), first[^1]["value"]);

        Records(first).ShouldBe(["""{"id":1}"""]);
        Records(second).ShouldBe(["""{"id":22}"""]);
    }

    [Fact]
    public async Task Fields_that_a_catalog_leaves_out_do_not_come()
    {
        var found = JsonNode.Parse((await _connector.RunAsync(["tap-jsonl", "--config", _connector.Write("c.json", Config("{\"secret\": \"x\", \"id\": 1.50, \"more\": [1]}\n").ToJsonString()), "--discover"])).ShouldExitWith(0).Output)!;
        foreach (var entry in found["streams"]![0]!["metadata"]!.AsArray())
            entry!["metadata"]!["selected"] = entry["breadcrumb"]!.AsArray() is not [_, { } field] || field.GetValue<string>() != "secret";

        var (result, _) = await _connector.TapAsync("tap-jsonl", Config(null), catalog: found);

        result.ShouldExitWith(0).Output.ShouldContain("""{"id": 1.50,"more": [1]}""");
        result.Output.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("{\"id\":1}\n[1]\n", "line 2: it is not a JSON object")]
    [InlineData("{\"id\":1}\n{\"id\":\n", "line 2")]
    [InlineData("{\"n\":1}\n", "no record has the field 'id'")]
    public async Task File_that_is_not_right_ends_the_tap_with_its_place(string content, string reason) =>
        (await _connector.TapAsync("tap-jsonl", Config(content, "id"))).Result.ShouldExitWith(1).Error.ShouldContain(reason);

    private static IEnumerable<string> Records(IEnumerable<JsonNode> messages) => messages.Where(message => (string?)message["type"] == "RECORD").Select(message => message["record"]!.ToJsonString());

    private JsonObject Config(string? content, params string[] keys)
    {
        if (content is not null) _connector.Write("data.jsonl", content);
        return new JsonObject { ["path"] = _connector.PathOf("data.jsonl"), ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)key)]) };
    }
}
