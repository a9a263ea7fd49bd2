using System.Net;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>Dead letters that a server sends again.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private const string Schema = """{"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["string", "integer"]}}}, "key_properties": ["id"]}""";

    private readonly ServedProject _server = new(Project());

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Letters_are_sent_again_by_the_node_once_the_map_can_and_a_repeated_wish_is_one()
    {
        await _server.RunAsync("p");
        var letter = (await ListAsync("open")).ShouldHaveSingleItem().GetProperty("id").GetString()!;
        (await AskAsync("deadletters", "replay", "--all")).ShouldExitWith(1).Output.ShouldContain("0 replayed, 1 still open");
        (await AskAsync("deadletters", "replay", "--all", "--grant", "all")).ShouldExitWith(2).Error.ShouldContain("--grant is for runs on this machine");

        _server.Project.Write("pipeline.yaml", File.ReadAllText(_server.Project.PipelineFile).Replace("cast: { name: integer }", "rename: { name: label }", StringComparison.Ordinal));
        (await _server.Project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);
        var first = await ReplayAsync(letter);
        var again = await ReplayAsync(letter);

        again.Text.ShouldBe(first.Text);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        var run = first.Json.GetProperty("runs").EnumerateArray().ShouldHaveSingleItem();
        (run.GetProperty("pipeline").GetString(), run.GetProperty("step").GetString(), run.GetProperty("letters").GetInt32()).ShouldBe(("p", "load", 1));
        await Until.TrueAsync(async () => (await _server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run.GetProperty("run_id")}")).Json.GetProperty("status").GetString() == "succeeded", "the letter was sent");
        _server.Project.Received.ShouldContain("\"label\":\"not a number\"");
        (await ListAsync("open")).ShouldBeEmpty();
        (await ListAsync("replayed")).ShouldHaveSingleItem().GetProperty("replayed_by").GetString().ShouldBe(run.GetProperty("run_id").GetString());
        (await _server.Project.EventTypesAsync("--category", "deadletter")).ShouldBe(["DeadLettersReplayed"]);
        (await _server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run.GetProperty("run_id")}")).Json.GetProperty("replays").GetInt32().ShouldBe(1);

        (await _server.AskAsync(HttpMethod.Post, "/api/v1/deadletters/replay", json: $$"""{"letters":["{{letter}}"]}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("not_open").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Command_says_at_a_server_what_it_says_here()
    {
        await _server.RunAsync("p");
        _server.Project.Write("pipeline.yaml", File.ReadAllText(_server.Project.PipelineFile).Replace("cast: { name: integer }", "rename: { name: label }", StringComparison.Ordinal));
        (await _server.Project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);

        var replayed = (await AskAsync("deadletters", "replay", "--all", "--json")).ShouldExitWith(0).Json;

        (replayed.GetProperty("replayed").GetInt32(), replayed.GetProperty("still_open").GetInt32(), replayed.GetProperty("not_replayable").GetInt32(), replayed.GetProperty("anew").GetInt32()).ShouldBe((1, 0, 0, 0));
        replayed.GetProperty("runs").EnumerateArray().ShouldHaveSingleItem().GetProperty("status").GetString().ShouldBe("succeeded");
        (await AskAsync("deadletters", "replay", "--all")).ShouldExitWith(0).Output.ShouldBe("0 replayed, 0 still open, 0 not replayable (cut or masked)\n");
    }

    private static TestProject Project()
    {
        var tap = string.Join('\n', ((string[])[Schema, Record("1, \"name\": \"12\""), Record("2, \"name\": \"not a number\"")]).Select(line => $"print('{line}')"));
        var project = new TestProject().Sync(tap);
        return project.Write("pipeline.yaml", $"{File.ReadAllText(project.PipelineFile)}\n      through: [{{ map: {{ stream: s, cast: {{ name: integer }} }} }}]\n      validate: dead-letter\n");
    }

    private static string Record(string id) => $$$"""{"type": "RECORD", "stream": "s", "record": {"id": {{{id}}}}}""";

    private async Task<RestAnswer> ReplayAsync(string letter)
    {
        using var request = _server.Request(HttpMethod.Post, "/api/v1/deadletters/replay", "operator", $$"""{"letters":["{{letter}}"]}""");
        request.Headers.Add("Idempotency-Key", "once");
        return (await _server.SendAsync(request)).ShouldBe(HttpStatusCode.Accepted);
    }

    private async Task<List<JsonElement>> ListAsync(string status) => [.. (await _server.AskAsync(HttpMethod.Get, $"/api/v1/deadletters?status={status}")).Json.GetProperty("items").EnumerateArray()];

    private Task<CommandResult> AskAsync(params string[] command) => Command.RunAsync(
        Repository.Launcher, [.. command, "--server", _server.Client.BaseAddress!.ToString()], _server.Project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = _server.TokenOf("operator") });
}
