using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>gRPC as its clients see it.</summary>
public sealed class GrpcTests(ServedProject server) : IClassFixture<ServedProject>, IAsyncLifetime
{
    private static readonly string[] All = ["viewer", "operator", "admin", "auditor"];
    private static readonly string[] Operators = ["operator", "admin"];
    private static readonly string[] Auditors = ["auditor", "admin"];

    // Every method of flexcore.v1 that is answered once, and the roles that may call it.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["PipelineService/List"] = All, ["PipelineService/Get"] = All, ["PipelineService/Activate"] = Operators, ["PipelineService/Pause"] = Operators, ["PipelineService/Archive"] = Operators,
        ["RunService/List"] = All, ["RunService/Get"] = All, ["RunService/Watch"] = All, ["RunService/Start"] = Operators, ["RunService/Cancel"] = Operators, ["RunService/Retry"] = Operators,
        ["PluginService/List"] = All, ["PluginService/Get"] = All, ["EventService/List"] = Auditors,
    };

    private GrpcClient _client = null!;

    private string Admin => server.TokenOf("admin");

    public async ValueTask InitializeAsync() => _client = await GrpcClient.StartAsync(server.GrpcAddress);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Run_is_started_watched_to_its_end_and_shown()
    {
        var run = await StartAsync("one");
        var events = (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run }, Admin)).ShouldBe("OK").Messages;
        events.Select(Version).ShouldBe(Enumerable.Range(1, events.Count));
        Type(events[^1]).ShouldBe("PipelineCompleted");
        events.ShouldAllBe(each => each.GetProperty("stream").GetString() == $"run-{run}" && JsonElement.Parse(each.GetProperty("data_json").GetString()!).ValueKind == JsonValueKind.Object);

        var rest = (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run, ["after_version"] = 2 }, Admin)).ShouldBe("OK").Messages;
        rest.Select(Version).ShouldBe(events.Select(Version).Skip(2), "whoever comes back goes on behind what they have");
        (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run, ["after_version"] = events.Count }, Admin)).ShouldBe("OK").Messages.ShouldBeEmpty();

        var shown = (await _client.CallAsync("RunService/Get", new JsonObject { ["run"] = run }, Admin)).Message;
        shown.GetProperty("status").GetString().ShouldBe("RUN_STATUS_SUCCEEDED");
        shown.GetProperty("steps").EnumerateArray().Select(step => (step.GetProperty("id").GetString(), step.GetProperty("status").GetString())).ShouldBe([("a", "STEP_STATUS_SUCCEEDED"), ("b", "STEP_STATUS_SUCCEEDED")]);
        shown.GetProperty("trigger").GetProperty("kind").GetString().ShouldBe("manual");
        shown.TryGetProperty("retry_of", out _).ShouldBeFalse("what is not there is absent");
    }

    [Fact]
    public async Task Run_that_waits_is_watched_while_it_is_cancelled_and_can_be_retried()
    {
        var run = await StartAsync("waiting");
        await using var other = await GrpcClient.StartAsync(server.GrpcAddress);
        var watching = other.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run }, server.TokenOf("viewer"));
        var cancelled = (await _client.CallAsync("RunService/Cancel", new JsonObject { ["run_id"] = run, ["reason"] = "enough" }, Admin)).Message;
        cancelled.GetProperty("status").GetString().ShouldBe("RUN_STATUS_CANCELLED");
        Type((await watching).ShouldBe("OK").Messages[^1]).ShouldBe("PipelineCancelled");

        (await _client.CallAsync("RunService/Cancel", new JsonObject { ["run_id"] = run }, Admin)).ShouldFailWith("FAILED_PRECONDITION", "FX1042");
        var again = (await _client.CallAsync("RunService/Retry", new JsonObject { ["run_id"] = run, ["from_start"] = true }, Admin)).Message.GetProperty("run_id").GetString()!;
        (await _client.CallAsync("RunService/Get", new JsonObject { ["run"] = again }, Admin)).Message.GetProperty("retry_of").GetString().ShouldBe(run);
        (await _client.CallAsync("RunService/Cancel", new JsonObject { ["run_id"] = again }, Admin)).ShouldBe("OK");
    }

    [Fact]
    public async Task Refusal_says_its_code_and_what_to_do()
    {
        (await _client.CallAsync("RunService/Get", new JsonObject { ["run"] = Guid.Empty.ToString() }, Admin)).ShouldFailWith("NOT_FOUND", "FX1050");
        (await _client.CallAsync("PipelineService/Get", new JsonObject { ["name"] = "nobody-ü" }, Admin)).ShouldFailWith("NOT_FOUND", "FX1050").Json.GetProperty("message").GetString()!.ShouldContain("nobody-");
        (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = "no id" }, Admin)).ShouldFailWith("INVALID_ARGUMENT", "FX1012");
        (await _client.CallAsync("RunService/List", new JsonObject { ["page_size"] = 1001 }, Admin)).ShouldFailWith("INVALID_ARGUMENT", "FX1012");
        (await _client.CallAsync("PipelineService/Pause", new JsonObject { ["name"] = "idle", ["expected_revision"] = 77 }, Admin)).ShouldFailWith("ABORTED", "FX1049");
    }

    [Fact]
    public async Task Every_method_is_done_for_the_roles_that_may_and_refused_to_all_others()
    {
        var message = new JsonObject { ["run_id"] = Guid.Empty.ToString(), ["name"] = "nobody", ["pipeline"] = "nobody", ["run"] = "0000" };
        foreach (var (path, roles) in Allowed)
        {
            (await _client.CallAsync(path, Copy())).ShouldFailWith("UNAUTHENTICATED", "FX6003");
            foreach (var role in All)
            {
                var answer = await _client.CallAsync(path, Copy(), server.TokenOf(role));
                (answer.Code == "PERMISSION_DENIED").ShouldBe(!roles.Contains(role), $"{path} by {role}: {answer.Json}");
                new[] { "INTERNAL", "UNKNOWN", "UNIMPLEMENTED" }.ShouldNotContain(answer.Code, answer.Json.ToString());
            }
        }

        JsonObject Copy() => (JsonObject)message.DeepClone();
    }

    [Fact]
    public async Task Stream_ends_at_its_deadline_and_when_the_caller_gives_up()
    {
        var run = await StartAsync("waiting");
        (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run }, Admin, deadlineMs: 3000)).ShouldBe("DEADLINE_EXCEEDED").Messages.Count.ShouldBe(1, "it is queued");
        (await _client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run }, Admin, cancelAfter: 1)).ShouldBe("CANCELLED").Messages.Count.ShouldBe(1);
        (await _client.CallAsync("RunService/Cancel", new JsonObject { ["run_id"] = run }, Admin)).ShouldBe("OK");
    }

    [Fact]
    public async Task Lists_come_in_parts()
    {
        var runs = new[] { await StartAsync("one"), await StartAsync("one"), await StartAsync("one") };
        var first = (await _client.CallAsync("RunService/List", new JsonObject { ["pipeline"] = "one", ["page_size"] = 2 }, Admin)).Message;
        var second = (await _client.CallAsync("RunService/List", new JsonObject { ["pipeline"] = "one", ["page_size"] = 2, ["page_token"] = first.GetProperty("next_page_token").GetString() }, Admin)).Message;
        first.GetProperty("runs").EnumerateArray().Concat(second.GetProperty("runs").EnumerateArray()).Select(run => run.GetProperty("run_id").GetString()).Take(3).ShouldBe(runs.Reverse());

        (await _client.CallAsync("RunService/List", new JsonObject { ["pipeline"] = "one", ["since"] = new JsonObject { ["seconds"] = "32503680000" } }, Admin)).Message.TryGetProperty("runs", out _).ShouldBeFalse("in the year 3000 none");
        (await _client.CallAsync("RunService/List", new JsonObject { ["since"] = new JsonObject { ["nanos"] = -1 } }, Admin)).ShouldFailWith("INVALID_ARGUMENT", "FX1012");

        var pipelines = (await _client.CallAsync("PipelineService/List", new JsonObject { ["page_size"] = 1 }, Admin)).Message;
        pipelines.GetProperty("pipelines")[0].GetProperty("name").GetString().ShouldBe("idle");
        (await _client.CallAsync("PipelineService/List", new JsonObject { ["page_token"] = pipelines.GetProperty("next_page_token").GetString() }, Admin)).Message
            .GetProperty("pipelines").EnumerateArray().Select(pipeline => pipeline.GetProperty("name").GetString()).ShouldBe(["one", "waiting"]);

        var events = (await _client.CallAsync("EventService/List", new JsonObject { ["type"] = "PipelineCreated", ["page_size"] = 2 }, Admin)).Message;
        var more = (await _client.CallAsync("EventService/List", new JsonObject { ["type"] = "PipelineCreated", ["after_position"] = events.GetProperty("next_after_position").GetInt64() }, Admin)).Message;
        (events.GetProperty("events").GetArrayLength(), more.GetProperty("events").GetArrayLength()).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Pipeline_is_shown_paused_and_let_go_on()
    {
        var shown = (await _client.CallAsync("PipelineService/Get", new JsonObject { ["name"] = "idle" }, Admin)).Message;
        JsonElement.Parse(shown.GetProperty("definition_json").GetString()!).GetProperty("vars").GetProperty("region").GetString().ShouldBe("eu");
        var revision = shown.GetProperty("revision").GetInt64();
        (await _client.CallAsync("PipelineService/Activate", new JsonObject { ["name"] = "idle", ["expected_revision"] = revision }, Admin)).Message.GetProperty("lifecycle").GetString().ShouldBe("PIPELINE_LIFECYCLE_ACTIVE");
        (await _client.CallAsync("PipelineService/Pause", new JsonObject { ["name"] = "idle", ["reason"] = "lunch" }, Admin)).Message.GetProperty("lifecycle").GetString().ShouldBe("PIPELINE_LIFECYCLE_PAUSED");
        (await _client.CallAsync("RunService/Start", new JsonObject { ["pipeline"] = "idle" }, Admin)).Code.ShouldBe("FAILED_PRECONDITION");
        (await _client.CallAsync("PipelineService/Activate", new JsonObject { ["name"] = "idle" }, Admin)).ShouldBe("OK");
    }

    [Fact]
    public async Task Health_is_told_to_everybody()
    {
        (await _client.CallAsync("grpc.health.v1.Health/Check")).Message.GetProperty("status").GetString().ShouldBe("SERVING");
        (await _client.CallAsync("grpc.health.v1.Health/Check", new JsonObject { ["service"] = "flexcore.v1.RunService" })).Message.GetProperty("status").GetString().ShouldBe("SERVING");
        (await _client.CallAsync("grpc.health.v1.Health/Check", new JsonObject { ["service"] = "nobody" })).ShouldBe("NOT_FOUND");
        (await _client.CallAsync("grpc.health.v1.Health/Watch", cancelAfter: 1)).ShouldBe("CANCELLED").Messages[0].GetProperty("status").GetString().ShouldBe("SERVING");
    }

    [Fact]
    public async Task Reflection_tells_what_there_is()
    {
        var asked = new JsonArray(
            new JsonObject { ["list_services"] = "*" }, new JsonObject { ["file_containing_symbol"] = "flexcore.v1.RunService.Watch" }, new JsonObject { ["file_by_filename"] = "google/protobuf/timestamp.proto" },
            new JsonObject { ["file_containing_symbol"] = "flexcore.v1.Nothing" });
        var answers = (await _client.CallAsync("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", token: Admin, many: asked)).ShouldBe("OK").Messages;
        answers[0].GetProperty("list_services_response").GetProperty("service").EnumerateArray().Select(service => service.GetProperty("name").GetString())
            .ShouldBe(["flexcore.v1.PipelineService", "flexcore.v1.RunService", "flexcore.v1.PluginService", "flexcore.v1.EventService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
        answers[1].GetProperty("file_descriptor_response").GetProperty("file_descriptor_proto").GetArrayLength().ShouldBe(3, "the file and what it imports");
        answers[2].GetProperty("file_descriptor_response").GetProperty("file_descriptor_proto").GetArrayLength().ShouldBe(1);
        answers[3].GetProperty("error_response").GetProperty("error_code").GetInt32().ShouldBe(5);
    }

    [Fact]
    public async Task Client_that_knows_only_reflection_runs_a_pipeline()
    {
        var answer = (await Command.RunAsync("/usr/bin/python3", [Path.Combine(GrpcClient.Folder, "client.py"), server.GrpcAddress, Admin], "/")).ShouldExitWith(0).Json;
        answer.GetProperty("services").EnumerateArray().Select(service => service.GetString()).ShouldContain("flexcore.v1.PluginService");
        answer.GetProperty("events").EnumerateArray().Last().GetString().ShouldBe("PipelineCompleted");
        answer.GetProperty("status").GetString().ShouldBe("RUN_STATUS_SUCCEEDED");
        answer.GetProperty("refused").GetProperty("code").GetString().ShouldBe("NOT_FOUND");
        answer.GetProperty("refused").GetProperty("has_reason").GetBoolean().ShouldBeTrue();
        answer.GetProperty("late").GetString().ShouldBe("DEADLINE_EXCEEDED");
    }

    [Fact]
    public async Task Server_that_stops_ends_its_streams_at_once()
    {
        var project = new ServedProject();
        await project.InitializeAsync();
        await using var client = await GrpcClient.StartAsync(project.GrpcAddress);
        var run = (await client.CallAsync("RunService/Start", new JsonObject { ["pipeline"] = "waiting" }, project.TokenOf("admin"))).Message.GetProperty("run_id").GetString();
        var watching = client.CallAsync("RunService/Watch", new JsonObject { ["run_id"] = run }, project.TokenOf("admin"));
        await client.HeardAsync();
        await project.DisposeAsync();
        (await watching).ShouldBe("UNAVAILABLE").Json.GetProperty("message").GetString().ShouldBe("the server stops");
    }

    private async Task<string> StartAsync(string pipeline) => (await _client.CallAsync("RunService/Start", new JsonObject { ["pipeline"] = pipeline }, Admin)).Message.GetProperty("run_id").GetString()!;

    private static int Version(JsonElement stored) => stored.GetProperty("version").GetInt32();

    private static string Type(JsonElement stored) => stored.GetProperty("type").GetString()!;
}
