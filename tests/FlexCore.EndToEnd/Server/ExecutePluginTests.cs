using System.Net;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>Task plugins that a server runs by themselves.</summary>
public sealed class ExecutePluginTests : IAsyncLifetime
{
    private const string Path = "/api/v1/plugins/add-up/execute";

    private const string AddUp =
        """
        import json, os, sys
        given = json.load(sys.stdin)["input"]
        print("adding up", len(given["numbers"]), *sys.argv[1:])
        json.dump({"sum": sum(given["numbers"])}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    private const string Schema =
        """{"type": "object", "required": ["numbers"], "properties": {"numbers": {"type": "array", "items": {"type": "number"}}, "file": {"type": "string"}, "note": {"type": "string"}, "token": {"type": "string", "writeOnly": true}}, "additionalProperties": false}""";

    private readonly ServedProject _server = new(new TestProject()
        .Plugin("add-up", "task", AddUp, "config: schema.json\n").Write("plugins/add-up/schema.json", Schema)
        .Plugin("sleeper", "task", "import time\nprint('asleep', flush=True)\ntime.sleep(600)")
        .Plugin("greedy", "task", "pass", "capabilities: { net: [\"db.internal:5432\"] }\n")
        .Plugin("tap", "tap", "pass")
        .Write("idle.yaml", "name: idle\nsteps: [{ id: a, noop: {} }]\n"));

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Operator_runs_a_task_by_itself_and_reads_what_it_leaves()
    {
        var run = (await _server.AskAsync(HttpMethod.Post, Path, "operator", """{"input":{"numbers":[1,2,39]},"args":["--slowly"]}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;

        var ended = await EndOfAsync(run);
        (ended.GetProperty("pipeline").GetString(), ended.GetProperty("status").GetString()).ShouldBe(("plugin-add-up", "succeeded"));
        ended.GetProperty("steps")[0].GetProperty("output").GetProperty("sum").GetInt32().ShouldBe(42);
        ended.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe("sandbox");
        (await _server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}/logs")).Json.GetProperty("items")[0].GetProperty("message").GetString().ShouldBe("adding up 3 --slowly");
        (await _server.Project.EventsAsync("--stream", $"run-{run}", "--type", "PipelineQueued"))[0].GetProperty("metadata").GetProperty("actor").GetString().ShouldBe("a-operator");
    }

    [Fact]
    public async Task Same_wish_with_a_key_runs_once_and_another_with_that_key_is_refused()
    {
        var first = await AskAsync("once", """{"input":{"numbers":[1]}}""");
        var again = await AskAsync("once", """{"input":{"numbers":[1]}}""");

        again.ShouldBe(HttpStatusCode.Accepted).Text.ShouldBe(first.ShouldBe(HttpStatusCode.Accepted).Text);
        (await AskAsync("once", """{"input":{"numbers":[2]}}""")).ShouldFailWith(HttpStatusCode.UnprocessableEntity, "FX6005");
        await EndOfAsync(first.Json.GetProperty("run_id").GetString()!);
        (await _server.Project.EventsAsync("--category", "run", "--type", "PipelineQueued")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Many_at_once_with_other_inputs_do_not_get_into_each_others_way()
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 24).Select(n => _server.AskAsync(HttpMethod.Post, Path, json: $$$"""{"input":{"numbers":[{{{n % 12}}}]}}""")));

        foreach (var (answer, n) in asked.Select((answer, n) => (answer, n)))
            (await EndOfAsync(answer.ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!)).GetProperty("steps")[0].GetProperty("output").GetProperty("sum").GetInt32().ShouldBe(n % 12);
    }

    [Theory]
    [InlineData("nobody", "{}", HttpStatusCode.BadRequest, "FX1020")]
    [InlineData("tap", "{}", HttpStatusCode.BadRequest, "FX1021")]
    [InlineData("greedy", "{}", HttpStatusCode.BadRequest, "FX1030")]
    [InlineData("add-up", """{"input":[]}""", HttpStatusCode.BadRequest, "FX1001")]
    [InlineData("add-up", """{"input":{"numbers":["one"]}}""", HttpStatusCode.BadRequest, "FX1023")]
    [InlineData("add-up", """{"input":{"numbers":[1],"token":"written out"}}""", HttpStatusCode.BadRequest, "FX1037")]
    [InlineData("add-up", """{"input":{"numbers":[1],"note":"${secret.none}"}}""", HttpStatusCode.BadRequest, "FX1019")]
    [InlineData("add-up", """{"input":{"numbers":[1]},"grant_all":true}""", HttpStatusCode.BadRequest, "FX1012")]
    public async Task What_cannot_run_is_refused_at_once_and_nothing_is_queued(string plugin, string body, HttpStatusCode status, string code)
    {
        (await _server.AskAsync(HttpMethod.Post, $"/api/v1/plugins/{plugin}/execute", json: body)).ShouldFailWith(status, code);

        (await _server.Project.EventsAsync("--category", "run")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Variables_of_the_server_are_for_administrators_and_secrets_not_for_tokens_of_some_pipelines()
    {
        await _server.GiveTokenAsync("adder", "operator", "plugin-add-up");
        (await _server.Project.SetSecretAsync("payroll", "s3cr3t-of-payroll")).ShouldExitWith(0);

        (await _server.AskAsync(HttpMethod.Post, Path, "operator", """{"input":{"numbers":[1],"note":"${env.HOME}"}}""")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        (await _server.AskAsync(HttpMethod.Post, Path, "adder", """{"input":{"numbers":[1],"token":"${secret.payroll}"}}""")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        (await _server.AskAsync(HttpMethod.Put, "/api/v1/catalog/connection/payroll", json: """{"password":"${secret.payroll}"}""")).ShouldBe(HttpStatusCode.OK);
        (await _server.AskAsync(HttpMethod.Post, Path, "adder", """{"input":{"numbers":[1],"token":"${connection.payroll.password}"}}""")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        (await _server.AskAsync(HttpMethod.Post, "/api/v1/plugins/sleeper/execute", "adder")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        var run = (await _server.AskAsync(HttpMethod.Post, Path, "adder", """{"input":{"numbers":[1]}}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
        await EndOfAsync(run, "adder");
    }

    [Fact]
    public async Task Command_line_runs_it_at_the_server_and_prints_what_it_leaves()
    {
        var result = (await PluginRunAsync("add-up", "--input", """{"numbers": [20, 22]}""")).ShouldExitWith(0);

        result.Json.GetProperty("sum").GetInt32().ShouldBe(42);
        result.Error.ShouldContain("run: succeeded");
        (await PluginRunAsync("add-up", "--input", """{"numbers": [20]}""", "--json")).ShouldExitWith(0).Json.GetProperty("output").GetProperty("sum").GetInt32().ShouldBe(20);
        (await PluginRunAsync("add-up")).ShouldExitWith(2).Error.ShouldContain("error[FX1023]");
        (await PluginRunAsync("add-up", "--grant", "all")).ShouldExitWith(2).Error.ShouldContain("flexcore plugin grant NAME --server URL");
    }

    [Fact]
    public async Task Command_line_that_is_stopped_stops_the_run_at_the_server()
    {
        await using var command = Command.Start(Repository.Launcher, ["plugin", "run", "sleeper", "--server", _server.Client.BaseAddress!.ToString()], "/", Environment);
        await Until.TrueAsync(() => command.ErrorSoFar.Contains("asleep", StringComparison.Ordinal), "the plugin runs");

        await command.SignalAsync("INT");

        (await command.EndAsync()).ShouldExitWith(130);
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/runs/latest")).Json.GetProperty("status").GetString().ShouldBe("cancelled");
    }

    private Dictionary<string, string?> Environment => new(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = _server.TokenOf("operator") };

    private Task<CommandResult> PluginRunAsync(params string[] arguments) =>
        Command.RunAsync(Repository.Launcher, ["plugin", "run", .. arguments, "--server", _server.Client.BaseAddress!.ToString()], "/", Environment);

    private async Task<RestAnswer> AskAsync(string key, string body)
    {
        using var request = _server.Request(HttpMethod.Post, Path, "operator", body);
        request.Headers.Add("Idempotency-Key", key);
        return await _server.SendAsync(request);
    }

    private async Task<JsonElement> EndOfAsync(string run, string role = "viewer")
    {
        var found = default(JsonElement);
        await Until.TrueAsync(async () => (found = (await _server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}", role)).Json).GetProperty("status").GetString() is "succeeded" or "failed" or "cancelled", "the run has ended");
        return found;
    }
}
