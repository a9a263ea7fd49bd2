using System.Net;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>Calls of gRPC that are repeated with an idempotency key, and what belongs to whom of what is kept.</summary>
public sealed class RepeatedCallTests(ServedProject server) : IClassFixture<ServedProject>, IAsyncLifetime
{
    private GrpcClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await GrpcClient.StartAsync(server.GrpcAddress);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Start_that_is_repeated_is_one_run_and_the_same_answer()
    {
        var first = await StartAsync("idle", "start-1");
        var again = await StartAsync("idle", "start-1");
        var other = await StartAsync("idle", "start-2");

        again.Message.GetRawText().ShouldBe(first.Message.GetRawText());
        (first.IsReplayed, again.IsReplayed, other.IsReplayed).ShouldBe((false, true, false));
        RunOf(other).ShouldNotBe(RunOf(first));
        RunOf(await StartAsync("idle", key: null)).ShouldNotBe(RunOf(await StartAsync("idle", key: null)), "without a key each call is a run");
        RunOf(await StartAsync("idle", "start-1", "admin")).ShouldNotBe(RunOf(first), "another caller's key is another key");
    }

    [Fact]
    public async Task Calls_that_come_at_the_same_time_are_one_run()
    {
        await using var second = await GrpcClient.StartAsync(server.GrpcAddress);
        var both = await Task.WhenAll(StartAsync("one", "race"), StartAsync("one", "race", client: second));

        // The later one is told that the first is under way, and gets its answer when it asks again.
        foreach (var late in both.Where(answer => answer.Code != "OK")) late.ShouldFailWith("ABORTED", "FX6006");
        var again = await StartAsync("one", "race");
        again.IsReplayed.ShouldBeTrue();
        both.Where(answer => answer.Code == "OK").Select(RunOf).Append(RunOf(again)).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Retry_and_whatever_else_changes_something_is_done_once()
    {
        var run = await server.RunAsync("one");
        var retried = await CallAsync("RunService/Retry", new JsonObject { ["run_id"] = run, ["from_start"] = true }, "again");
        var repeated = await CallAsync("RunService/Retry", new JsonObject { ["run_id"] = run, ["from_start"] = true }, "again");
        RunOf(repeated).ShouldBe(RunOf(retried));
        repeated.IsReplayed.ShouldBeTrue();

        var paused = await CallAsync("PipelineService/Pause", new JsonObject { ["name"] = "one" }, "pause");
        (await CallAsync("PipelineService/Activate", new JsonObject { ["name"] = "one" }, "activate")).ShouldBe("OK");
        (await CallAsync("PipelineService/Pause", new JsonObject { ["name"] = "one" }, "pause")).Message.GetRawText().ShouldBe(paused.Message.GetRawText());
        (await CallAsync("PipelineService/Get", new JsonObject { ["name"] = "one" }, "pause")).Message.GetProperty("lifecycle").GetString().ShouldBe("PIPELINE_LIFECYCLE_ACTIVE", "it was not paused again, and what only looks takes no key");
    }

    [Fact]
    public async Task Key_of_another_request_is_refused_over_both_ways_in()
    {
        (await StartAsync("one", "used")).ShouldBe("OK");
        (await StartAsync("idle", "used")).ShouldFailWith("FAILED_PRECONDITION", "FX6005");
        (await StartAsync("one", new string('k', 256))).ShouldFailWith("INVALID_ARGUMENT", "FX1012");

        using var request = server.Request(HttpMethod.Post, "/api/v1/runs", "operator", """{"pipeline":"one"}""");
        request.Headers.Add("Idempotency-Key", "used");
        (await server.SendAsync(request)).ShouldFailWith(HttpStatusCode.UnprocessableEntity, "FX6005");
    }

    [Fact]
    public async Task Variables_in_another_order_are_the_same_request()
    {
        server.Project.Write("two.yaml", "name: two\nvars: { a: x, b: x, c: x }\nsteps: [{ id: s, noop: {} }]\n");
        (await server.Project.FlexCoreAsync("pipeline", "apply", "-f", "two.yaml")).ShouldExitWith(0);

        var first = await StartAsync("two", "order", set: new JsonObject { ["a"] = "1", ["b"] = "2", ["c"] = "3" });
        RunOf(await StartAsync("two", "order", set: new JsonObject { ["c"] = "3", ["a"] = "1", ["b"] = "2" })).ShouldBe(RunOf(first));
        (await StartAsync("two", "order", set: new JsonObject { ["a"] = "1", ["b"] = "2", ["c"] = "4" })).ShouldFailWith("FAILED_PRECONDITION", "FX6005");
    }

    [Fact]
    public async Task Refusal_of_a_start_says_every_reason_and_is_told_again()
    {
        (await StartAsync("nobody", "refused")).ShouldFailWith("NOT_FOUND", "FX1050").IsReplayed.ShouldBeFalse();
        var again = (await StartAsync("nobody", "refused")).ShouldFailWith("NOT_FOUND", "FX1050");
        again.IsReplayed.ShouldBeTrue();

        (await StartAsync("idle", key: null, set: new JsonObject { ["colour"] = "red" })).ShouldFailWith("INVALID_ARGUMENT", "FX1015").Json.GetProperty("message").GetString().ShouldBe("pipeline idle has no variable 'colour'");
        (await CallAsync("RunService/Start", new JsonObject { ["pipeline"] = "idle", ["priority"] = 1_000_000 }, key: null)).ShouldFailWith("INVALID_ARGUMENT", "FX1001");
        (await CallAsync("RunService/Retry", new JsonObject { ["run_id"] = "x" }, key: null)).ShouldFailWith("INVALID_ARGUMENT", "FX1012");
        (await CallAsync("RunService/Retry", new JsonObject { ["run_id"] = RunOf(await StartAsync("waiting", key: null)) }, key: null)).ShouldFailWith("FAILED_PRECONDITION", "FX1043");
    }

    [Fact]
    public async Task New_token_with_the_name_of_a_revoked_one_gets_none_of_its_answers()
    {
        await server.GiveTokenAsync("shop", "operator");
        var first = await StartAsync("one", "mine", "shop");
        var overRest = await StartOverRestAsync("mine-too");
        await server.GiveRevokedTokenAnewAsync("shop", "operator");

        var other = await StartAsync("one", "mine", "shop");

        other.IsReplayed.ShouldBeFalse();
        RunOf(other).ShouldNotBe(RunOf(first));
        (await StartOverRestAsync("mine-too")).ShouldNotBe(overRest);
    }

    private static string RunOf(GrpcAnswer answer) => answer.Message.GetProperty("run_id").GetString()!;

    private async Task<string> StartOverRestAsync(string key)
    {
        using var request = server.Request(HttpMethod.Post, "/api/v1/runs", "shop", """{"pipeline":"one"}""");
        request.Headers.Add("Idempotency-Key", key);
        return (await server.SendAsync(request)).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
    }

    private Task<GrpcAnswer> StartAsync(string pipeline, string? key, string role = "operator", JsonObject? set = null, GrpcClient? client = null)
    {
        var message = new JsonObject { ["pipeline"] = pipeline };
        if (set is not null) message["set"] = set;
        return CallAsync("RunService/Start", message, key, role, client);
    }

    private Task<GrpcAnswer> CallAsync(string path, JsonObject message, string? key, string role = "operator", GrpcClient? client = null) =>
        (client ?? _client).CallAsync(path, message, server.TokenOf(role), headers: key is null ? null : new JsonObject { ["idempotency-key"] = key });
}
