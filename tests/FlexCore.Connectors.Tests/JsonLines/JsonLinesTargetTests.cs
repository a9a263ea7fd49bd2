using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Tests.JsonLines;

/// <summary>target-jsonl: what was promised by a STATE is on disk, once and as it was written.</summary>
public sealed class JsonLinesTargetTests : IDisposable
{
    private readonly Connector _connector = new();

    public void Dispose() => _connector.Dispose();

    [Fact]
    public async Task Records_are_kept_as_they_were_written_and_states_are_given_back()
    {
        var result = await SendAsync(Connector.Lines(
            Connector.Schema("a", new { id = new { type = "integer" } }, "id"), """{"type": "RECORD", "stream": "a", "record": {"id": 1, "n": 1.100}}""", """{"stream":"a","record":{"id":2},"type":"RECORD"}""", Connector.State(new { at = 2 })));

        result.ShouldExitWith(0).Output.ShouldBe("""{"at":2}""" + "\n");
        (await ReadAsync("a.jsonl")).ShouldBe("""
            {"id": 1, "n": 1.100}
            {"id":2}

            """);
    }

    [Fact]
    public async Task Half_a_line_that_a_killed_run_has_left_is_cut_off()
    {
        _connector.Write("out/a.jsonl", "{\"id\":1}\n{\"id\":2");

        var result = await SendAsync(Connector.Lines(Connector.Schema("a", new { id = new { } }), Connector.Record("a", new { id = 3 })));

        result.ShouldExitWith(0).Error.ShouldContain("cut off 7 bytes");
        (await ReadAsync("a.jsonl")).ShouldBe("{\"id\":1}\n{\"id\":3}\n");
    }

    [Fact]
    public async Task Version_takes_the_place_of_the_older_one_when_it_is_activated_and_not_before()
    {
        var schema = Connector.Schema("a", new { id = new { } });
        await SendAsync(Connector.Lines(schema, Connector.Record("a", new { id = 1 }, 7), new { type = "ACTIVATE_VERSION", stream = "a", version = 7 }));
        await SendAsync(Connector.Lines(schema, Connector.Record("a", new { id = 2 }, 8)));
        (await ReadAsync("a.jsonl")).ShouldBe("{\"id\":1}\n");

        await SendAsync(Connector.Lines(schema, Connector.Record("a", new { id = 3 }, 8), new { type = "ACTIVATE_VERSION", stream = "a", version = 8 }, Connector.Record("a", new { id = 4 }, 8)));

        (await ReadAsync("a.jsonl")).ShouldBe("{\"id\":2}\n{\"id\":3}\n{\"id\":4}\n");
        Directory.GetFiles(_connector.PathOf("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe([".a.version", "a.jsonl"]);
    }

    [Theory]
    [InlineData("""{"type":"RECORD","stream":"b","record":{"id":1}}""", "line 2: a RECORD of 'b' comes before its SCHEMA")]
    [InlineData("""{"type":"RECORD","stream":"a","record":{"id":1}x}""", "line 2")]
    [InlineData("""{"type":"RECORD","stream":"a","record":{"n":1}}""", "lacks a key of its stream: id")]
    [InlineData("""{"type":"RECORD","stream":"a"}""", "without a record")]
    [InlineData("""{"type":"BATCH","stream":"a","encoding":{},"manifest":[]}""", "no BATCH")]
    [InlineData("nonsense", "line 2")]
    [InlineData("[]", "not a JSON object")]
    public async Task Message_that_is_wrong_ends_the_target_with_its_line(string line, string reason) =>
        (await SendAsync(Connector.Lines(Connector.Schema("a", new { id = new { } }, "id"), line))).ShouldExitWith(1).Error.ShouldContain(reason);

    [Fact]
    public async Task Half_a_message_at_the_end_is_not_taken_for_one() =>
        (await SendAsync(Connector.Lines(Connector.Schema("a", new { id = new { } })) + """{"type":"RECORD","stream":"a","record":{"id":1}}""")).ShouldExitWith(1).Error.ShouldContain("has no end");

    [Fact]
    public async Task Names_of_streams_stay_within_the_folder()
    {
        await SendAsync(Connector.Lines(Connector.Schema("../x/ü", new { id = new { } }), Connector.Record("../x/ü", new { id = 1 })));
        Directory.GetFiles(_connector.PathOf("out")).Select(Path.GetFileName).ShouldBe(["%2E.%2Fx%2Fü.jsonl"]);
    }

    private Task<CommandResult> SendAsync(string messages) => _connector.TargetAsync("target-jsonl", new JsonObject { ["path"] = _connector.PathOf("out") }, messages);

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(_connector.PathOf($"out/{name}"), Connector.Token);
}
