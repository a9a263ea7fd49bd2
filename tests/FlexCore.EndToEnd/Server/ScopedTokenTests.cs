using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Scheduling;
using FlexCore.Infrastructure;

namespace FlexCore.EndToEnd.Server;

/// <summary>What a token may that is for some pipelines only. Its bearers are admins, so that it is never the role that refuses.</summary>
public sealed class ScopedTokenTests : IAsyncLifetime
{
    private const string Other = "payroll";

    // What is about no pipeline, or about any.
    private static readonly string[] Beyond =
    [
        "ListPlugins", "ShowPlugin", "AuditPlugins", "AddPlugin", "UpgradePlugin", "RemovePlugin", "DisablePlugin", "DiscoverPlugin", "ExecutePlugin", "EnablePlugin", "GrantPlugin", "RevokePlugin", "ListNodes", "DrainNode", "ListWorkers", "ReleaseWorker", "ShowTotals", "DiagnoseMachine", "ListEvents", "ShowEvent", "ReplayStream", "ExportEvents", "VerifyEvents", "ProveEvent", "ProveGrowth", "ShowLogKey", "TestChannel",
        "PlanPipelines", "ApplyPipelines", "ValidatePipeline", "ListCatalog", "ShowCatalogEntry", "PutCatalogEntry", "DeleteCatalogEntry", "ListSecrets", "SetSecret", "DeleteSecret", "ListTokens", "CreateToken", "RevokeToken",
    ];

    // What names no pipeline, and is answered with those that the token is for.
    private static readonly string[] Lists = ["ListPipelines", "ListRuns", "ListQueue", "ListBackfills", "ListDeadLetters", "WhoAmI"];

    private readonly ServedProject _server = new(Pipelines("orders", Other));
    private Things _own = null!;
    private Things _other = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await _server.GiveTokenAsync("scoped", "admin", "orders*");
        _own = await MakeAsync("orders");
        _other = await MakeAsync(Other);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_operation_is_done_for_the_pipelines_of_the_token_and_says_nothing_of_others()
    {
        var (operations, refusals) = (AccessTests.Operations(await _server.DocumentAsync()).ToList(), 0);
        operations.Select(operation => operation.Name).ShouldBeSubsetOf([.. Beyond, .. Lists, .. operations.Where(operation => operation.Path.Contains('{')).Select(operation => operation.Name), "StartRun", "ReplayDeadLetters", "DiscardDeadLetters"]);
        foreach (var (name, method, template) in operations)
        {
            foreach (var things in (Things[])[_own, _other])
            {
                var answer = await _server.AskAsync(method, things.Fill(template, compareWith: things.Run, from: _own.Run) + AccessTests.Query(name), "scoped", things.Body(name));
                var isRefused = Beyond.Contains(name) || (things == _other && !Lists.Contains(name));
                if (isRefused) answer.ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
                else answer.Status.ShouldNotBe(HttpStatusCode.Forbidden, $"{name}: {answer.Text}");
                ((int)answer.Status).ShouldBeLessThan(500, $"{name}: {answer.Text}");
                ShouldNotTellOfOthers(answer.Text, name);
                if (isRefused) refusals++;
            }
        }

        (await _server.Project.EventsAsync("--type", "AccessDenied")).Count(item => item.GetProperty("data").GetProperty("caller").GetString() == "scoped").ShouldBe(refusals, "each refusal is on record");
        (await _server.AskAsync(HttpMethod.Get, $"/api/v1/pipelines/{Other}")).Json.GetProperty("lifecycle").GetString().ShouldNotBe("archived", "nothing was done to the other pipeline");
    }

    [Fact]
    public async Task Lists_have_all_of_the_pipelines_of_the_token_part_by_part()
    {
        await _server.RunAsync(Other);
        var newest = await _server.RunAsync("orders");
        await _server.RunAsync(Other);

        (await ReadAllAsync("/api/v1/runs")).Select(run => run.GetProperty("run_id").GetString()).ShouldBe([newest, _own.Waiting, _own.Run]);
        (await ReadAllAsync("/api/v1/pipelines")).Select(pipeline => pipeline.GetProperty("name").GetString()).ShouldBe(["orders", "orders-late"]);
        (await ReadAllAsync("/api/v1/queue?where=age%20%3E%3D%200")).Select(run => run.GetProperty("run_id").GetString()).ShouldBe([_own.Waiting]);
        (await ReadAllAsync("/api/v1/deadletters")).Select(letter => letter.GetProperty("id").GetString()).ShouldBe(_own.Letters);
        (await ReadAllAsync("/api/v1/backfills")).Select(backfill => backfill.GetProperty("backfill_id").GetString()).ShouldBe([_own.Backfill]);
        (await AskAsync($"/api/v1/runs?pipeline={Other}")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        (await AskAsync($"/api/v1/deadletters?pipeline={Other}")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        (await AskAsync($"/api/v1/deadletters?run={_other.Run}")).ShouldBe(HttpStatusCode.OK).Json.GetProperty("items").GetArrayLength().ShouldBe(0);

        (await AskAsync("/api/v1/runs/latest")).Json.GetProperty("run_id").GetString().ShouldBe(newest);
        (await AskAsync($"/api/v1/runs/{_other.Run[^12..]}")).ShouldFailWith(HttpStatusCode.NotFound, "FX1050");
        (await AskAsync($"/api/v1/deadletters/{_other.Letters[0][^12..]}")).ShouldFailWith(HttpStatusCode.NotFound, "FX1050");
        (await AskAsync($"/api/v1/runs/{_own.Run}/diff/{_other.Run}")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
    }

    [Fact]
    public async Task Run_is_followed_only_where_its_pipeline_is_one_of_the_token()
    {
        (await FollowAsync(_own.Run)).ShouldBe(HttpStatusCode.OK).Text.ShouldContain("event: PipelineCompleted");
        (await FollowAsync(_other.Run)).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");

        async Task<RestAnswer> FollowAsync(string run)
        {
            using var request = _server.Request(HttpMethod.Get, $"/api/v1/runs/{run}/events", "scoped");
            request.Headers.Accept.ParseAdd("text/event-stream");
            return await _server.SendAsync(request);
        }
    }

    [Fact]
    public async Task Calls_are_answered_for_the_pipelines_of_the_token_and_say_nothing_of_others()
    {
        await using var client = await GrpcClient.StartAsync(_server.GrpcAddress);
        string[] beyond = ["PluginService/List", "PluginService/Get", "EventService/List"];
        string[] named = ["PipelineService/Get", "PipelineService/Activate", "PipelineService/Pause", "PipelineService/Archive", "RunService/Get", "RunService/Watch", "RunService/Start", "RunService/Cancel", "RunService/Retry"];
        foreach (var path in (string[])[.. beyond, .. named])
        {
            foreach (var things in (Things[])[_own, _other])
            {
                var answer = await client.CallAsync(path, new JsonObject { ["run_id"] = things.Run, ["name"] = things.Pipeline, ["pipeline"] = things.Pipeline, ["run"] = things.Run }, _server.TokenOf("scoped"));
                (answer.Code == "PERMISSION_DENIED").ShouldBe(things == _other || beyond.Contains(path), $"{path}: {answer.Json}");
                ShouldNotTellOfOthers(answer.Json.GetRawText(), path);
            }
        }

        var runs = (await client.CallAsync("RunService/List", [], _server.TokenOf("scoped"))).Message.GetProperty("runs").EnumerateArray().ToList();
        runs.ShouldNotBeEmpty();
        runs.ShouldAllBe(run => run.GetProperty("pipeline").GetString()!.StartsWith("orders", StringComparison.Ordinal));
        (await client.CallAsync("RunService/List", new JsonObject { ["pipeline"] = Other }, _server.TokenOf("scoped"))).ShouldFailWith("PERMISSION_DENIED", "FX6001");
        (await client.CallAsync("PipelineService/List", [], _server.TokenOf("scoped"))).Message.GetProperty("pipelines").EnumerateArray()
            .Select(pipeline => pipeline.GetProperty("name").GetString()).ShouldBe(["orders", "orders-late"]);
    }

    [Fact]
    public async Task Token_says_what_it_is_for_and_none_is_made_that_is_for_nothing()
    {
        (await AskAsync("/api/v1/system/whoami")).Json.GetProperty("pipelines").EnumerateArray().Select(pattern => pattern.GetString()).ShouldBe(["orders*"]);
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/system/whoami")).Json.GetProperty("pipelines").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _server.AskAsync(HttpMethod.Post, "/api/v1/tokens", json: """{"name":"none","role":"viewer","pipelines":[]}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1001");
        (await _server.AskAsync(HttpMethod.Post, "/api/v1/tokens", json: """{"name":"none","role":"viewer","pipelines":["Shop"]}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1001");

        (await _server.Project.FlexCoreAsync("token", "create", "team", "--role", "operator", "--pipelines", "orders, shop-*")).ShouldExitWith(0);
        (await _server.Project.FlexCoreAsync("token", "create", "wrong", "--pipelines", "orders,")).ShouldExitWith(2).Error.ShouldContain("error[FX1001]");
        var listed = (await _server.Project.FlexCoreAsync("token", "list")).ShouldExitWith(0).Output.Split('\n');
        listed.Single(line => line.StartsWith("team ", StringComparison.Ordinal)).ShouldContain("orders, shop-*");
        listed.Single(line => line.StartsWith("a-admin ", StringComparison.Ordinal)).ShouldNotContain("*");
        var described = (await _server.Project.FlexCoreAsync("token", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray().Single(token => token.GetProperty("name").GetString() == "team");
        described.GetProperty("pipelines").EnumerateArray().Select(pattern => pattern.GetString()).ShouldBe(["orders", "shop-*"]);
    }

    private static TestProject Pipelines(params string[] names)
    {
        var project = new TestProject();
        foreach (var name in names)
        {
            project.Write($"{name}.yaml", $"name: {name}\nconcurrency: unlimited\nsteps: [{{ id: a, noop: {{}} }}]\n");
            project.Write($"{name}-late.yaml", $"name: {name}-late\nconcurrency: unlimited\nlabels: [nowhere]\nsteps: [{{ id: a, noop: {{}} }}]\n");
        }

        return project;
    }

    /// <summary>One of everything that a pipeline can have.</summary>
    private async Task<Things> MakeAsync(string pipeline)
    {
        var run = await _server.RunAsync(pipeline);
        var waiting = (await _server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: $$"""{"pipeline":"{{pipeline}}-late"}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
        (await _server.AskAsync(HttpMethod.Put, $"/api/v1/pipelines/{pipeline}/state/a", json: $$$"""{"value":{"of":"{{{pipeline}}}"}}""")).Status.ShouldBe(HttpStatusCode.OK);

        List<DeadLetter> letters = [Letter(pipeline, run), Letter(pipeline, run)];
        await using var module = await InfrastructureModule.OpenAsync(_server.Project.PathOf(".flexcore"), ProjectSettings.Usual, TimeProvider.System, Token);
        await module.DeadLetters.AddAsync(letters, Token);

        // Nothing is to run for it beside what is looked at.
        var backfill = Guid.CreateVersion7();
        var started = new BackfillStarted(backfill, pipeline, [], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), 1);
        await module.Log.AppendAsync(EventStreams.Backfill(backfill), 0, [started, new BackfillCompleted(0)], EventContext.New(backfill), Token);
        return new Things(pipeline, run, waiting, $"{backfill}", [.. letters.Select(letter => letter.Id.ToString())]);
    }

    private static DeadLetter Letter(string pipeline, string run) => new()
    {
        Id = Guid.CreateVersion7(), At = DateTimeOffset.UnixEpoch, Pipeline = pipeline, Step = "a", RunId = Guid.Parse(run), Attempt = 1, Plugin = "tap", Stage = 0, Stream = "s", Reason = DeadLetterReason.Invalid,
        Message = $"not for {pipeline}", Raw = "{}"u8.ToArray(), KeptLength = 2, Length = 2, IsMasked = false,
    };

    private Task<RestAnswer> AskAsync(string path) => _server.AskAsync(HttpMethod.Get, path, "scoped");

    private async Task<List<JsonElement>> ReadAllAsync(string path)
    {
        var items = new List<JsonElement>();
        for (var after = ""; after is not null;)
        {
            var answer = (await AskAsync($"{path}{(path.Contains('?') ? '&' : '?')}limit=1{(after.Length > 0 ? $"&after={Uri.EscapeDataString(after)}" : "")}")).ShouldBe(HttpStatusCode.OK);
            ShouldNotTellOfOthers(answer.Text, path);
            items.AddRange(answer.Json.GetProperty("items").EnumerateArray());
            after = answer.Json.GetProperty("next").GetString();
        }

        return items;
    }

    private void ShouldNotTellOfOthers(string text, string what)
    {
        foreach (var told in (string[])[Other, _other.Run, _other.Waiting, _other.Backfill, .. _other.Letters]) text.ShouldNotContain(told, customMessage: what);
    }

    /// <summary>What there is of a pipeline, by its ids.</summary>
    private sealed record Things(string Pipeline, string Run, string Waiting, string Backfill, IReadOnlyList<string> Letters)
    {
        /// <summary>An address of it. What compares two runs begins with one that may be seen.</summary>
        public string Fill(string template, string compareWith, string from) => template
            .Replace("{run}", template.Contains("{other}", StringComparison.Ordinal) ? from : Run, StringComparison.Ordinal).Replace("{other}", compareWith, StringComparison.Ordinal)
            .Replace("{pipeline}", Pipeline, StringComparison.Ordinal).Replace("{backfill}", Backfill, StringComparison.Ordinal).Replace("{step}", "a", StringComparison.Ordinal)
            .Replace("{letter}", Letters[0], StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal).Replace("{position}", "1", StringComparison.Ordinal)
            .Replace("{plugin}", "nobody", StringComparison.Ordinal).Replace("{node}", "nowhere", StringComparison.Ordinal).Replace("{secret}", "nothing", StringComparison.Ordinal)
            .Replace("{token}", "a-viewer", StringComparison.Ordinal).Replace("{channel}", "nobody", StringComparison.Ordinal);

        /// <summary>The body of an operation.</summary>
        public string? Body(string operation) => operation switch
        {
            "StartRun" => $$"""{"pipeline":"{{Pipeline}}"}""",
            "ReplayDeadLetters" => $$"""{"letters":["{{Letters[0]}}"]}""",
            "DiscardDeadLetters" => $$"""{"letters":["{{Letters[1]}}"]}""",
            _ => AccessTests.Bodies.GetValueOrDefault(operation),
        };
    }
}
