using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>By what a request can be found again.</summary>
public sealed class EdgeTests(ServedProject server) : IClassFixture<ServedProject>
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";

    [Fact]
    public async Task Request_keeps_the_correlation_id_that_its_caller_gave_and_else_gets_one()
    {
        (await AskAsync("/api/v1/system/whoami", "order-4711/a")).Headers.GetValues("X-Correlation-ID").ShouldBe(["order-4711/a"]);
        foreach (var bad in new[] { "two words", "a;b", "\"quoted\"", "<b>", new string('a', 129) })
            Guid.Parse((await AskAsync("/api/v1/system/whoami", bad)).Headers.GetValues("X-Correlation-ID").ShouldHaveSingleItem()).Version.ShouldBe(7);
        var problem = await AskAsync("/api/v1/runs/0000", "order-4712");
        problem.ShouldFailWith(HttpStatusCode.NotFound, "FX1050").Json.GetProperty("correlation_id").GetString().ShouldBe("order-4712");
        problem.Headers.GetValues("X-Correlation-ID").ShouldBe(["order-4712"]);
    }

    [Fact]
    public async Task Call_of_gRPC_keeps_it_too()
    {
        await using var client = await GrpcClient.StartAsync(server.GrpcAddress);
        var refused = await client.CallAsync("RunService/Get", new JsonObject { ["run"] = "0000" }, server.TokenOf("viewer"), headers: new JsonObject { ["x-correlation-id"] = "call-1" });
        refused.ShouldFailWith("NOT_FOUND", "FX1050").Json.GetProperty("details")[0].GetProperty("metadata").GetProperty("correlation_id").GetString().ShouldBe("call-1");
        refused.Json.GetProperty("correlation").GetString().ShouldBe("call-1");
        Guid.Parse((await client.CallAsync("RunService/List", token: server.TokenOf("viewer"))).ShouldBe("OK").Json.GetProperty("correlation").GetString()!).Version.ShouldBe(7);
    }

    [Fact]
    public async Task Whatever_a_request_causes_says_so_to_the_end_of_the_run()
    {
        using var request = server.Request(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"one"}""");
        request.Headers.Add("X-Correlation-ID", "order-1");
        request.Headers.Add("traceparent", TraceParent);
        request.Headers.Add("Idempotency-Key", "order-1");
        var run = (await server.SendAsync(request)).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
        await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{run}")).Json.GetProperty("status").GetString() == "succeeded", "the run has ended");

        var events = (await server.Project.EventsAsync("--stream", $"run-{run}")).Select(item => item.GetProperty("metadata")).ToList();
        events.Count.ShouldBeGreaterThan(3);
        events.ShouldAllBe(metadata => metadata.GetProperty("correlation_id").GetString() == run);
        events[0].GetProperty("causation_id").GetString().ShouldBe("order-1");
        events.ShouldAllBe(metadata => metadata.GetProperty("traceparent").GetString()!.StartsWith($"00-{Trace}-", StringComparison.Ordinal));
        events[0].GetProperty("traceparent").GetString().ShouldNotBe(events[^1].GetProperty("traceparent").GetString(), "the run is a span of its own");

        foreach (var type in new[] { "RequestReceived", "RequestAnswered" })
        {
            var metadata = (await server.Project.EventsAsync("--type", type)).ShouldHaveSingleItem().GetProperty("metadata");
            metadata.GetProperty("correlation_id").GetString().ShouldBe("order-1");
            metadata.GetProperty("traceparent").GetString()!.ShouldStartWith($"00-{Trace}-");
        }
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("nonsense")]
    public async Task Trace_that_cannot_be_read_is_left_aside(string traceParent)
    {
        using var request = server.Request(HttpMethod.Post, "/api/v1/pipelines/idle/pause", json: "{}");
        var id = Guid.NewGuid().ToString();
        request.Headers.Add("X-Correlation-ID", id);
        request.Headers.Add("traceparent", traceParent);
        (await server.SendAsync(request)).ShouldBe(HttpStatusCode.OK);
        (await server.AskAsync(HttpMethod.Post, "/api/v1/pipelines/idle/activate", json: "{}")).ShouldBe(HttpStatusCode.OK);

        var paused = (await server.Project.EventsAsync("--stream", "pipeline-idle")).Select(item => item.GetProperty("metadata")).Last(metadata => metadata.GetProperty("correlation_id").GetString() == id);
        paused.GetProperty("traceparent").GetString()!.ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$");
        paused.GetProperty("traceparent").GetString()!.ShouldNotContain("4bf92f3577b34da6a3ce929d0e0e4736");
    }

    private async Task<RestAnswer> AskAsync(string path, string correlationId)
    {
        using var request = server.Request(HttpMethod.Get, path, "viewer");
        request.Headers.TryAddWithoutValidation("X-Correlation-ID", correlationId);
        return await server.SendAsync(request);
    }
}

/// <summary>What a server writes into its log.</summary>
public sealed class RequestLogTests : IAsyncLifetime
{
    private const string Canary = "canary-6f1e";

    private readonly ServedProject _server = new();

    public async ValueTask InitializeAsync()
    {
        _server.Project.Write("flexcore.yaml", "log: { format: json, level: debug }\n");
        await _server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Each_request_is_one_line_that_says_who_asked_for_what_and_how_it_went()
    {
        using var request = _server.Request(HttpMethod.Get, $"/api/v1/runs/{Guid.Empty}?after={Canary}", "viewer");
        request.Headers.Add("X-Correlation-ID", "first");
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        request.Headers.Add("X-Secret", Canary);
        var answer = (await _server.SendAsync(request)).ShouldBe(HttpStatusCode.NotFound);

        var line = await LineAsync("first");
        line.GetProperty("level").GetString().ShouldBe("info");
        line.GetProperty("event").GetString().ShouldBe("RequestAnswered");
        line.GetProperty("category").GetString().ShouldBe("FlexCore.Server");
        (line.GetProperty("method").GetString(), line.GetProperty("route").GetString()).ShouldBe(("GET", "/api/v1/runs/{run}"));
        (line.GetProperty("status").GetInt32(), line.GetProperty("code").GetString()).ShouldBe((404, "FX1050"));
        (line.GetProperty("caller").GetString(), line.GetProperty("remote").GetString()).ShouldBe(("a-viewer", "127.0.0.1"));
        line.GetProperty("response_bytes").GetInt64().ShouldBe(System.Text.Encoding.UTF8.GetByteCount(answer.Text));
        line.GetProperty("duration_ms").GetDouble().ShouldBeGreaterThan(0);
        line.GetProperty("slow").GetBoolean().ShouldBeFalse();
        line.GetProperty("trace_id").GetString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        DateTimeOffset.Parse(line.GetProperty("time").GetString()!).Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Call_of_gRPC_is_one_line_too()
    {
        await using var client = await GrpcClient.StartAsync(_server.GrpcAddress);
        await client.CallAsync("RunService/Get", new JsonObject { ["run"] = "0000" }, _server.TokenOf("operator"), headers: new JsonObject { ["x-correlation-id"] = "call" });
        await client.CallAsync("grpc.health.v1.Health/Check", headers: new JsonObject { ["x-correlation-id"] = "check" });
        await client.CallAsync("RunService/List", headers: new JsonObject { ["x-correlation-id"] = "last" });

        var line = await LineAsync("call");
        (line.GetProperty("route").GetString(), line.GetProperty("status").GetString(), line.GetProperty("code").GetString()).ShouldBe(("/flexcore.v1.RunService/Get", "NOT_FOUND", "FX1050"));
        line.GetProperty("caller").GetString().ShouldBe("a-operator");
        (await LineAsync("last")).GetProperty("level").GetString().ShouldBe("warning", "nobody knows who asks");
        Lines().ShouldNotContain(entry => Is(entry, "check"), "health checks are not told of");
    }

    [Fact]
    public async Task Nothing_that_a_caller_writes_into_address_query_headers_or_body_is_in_the_log()
    {
        using var body = _server.Request(HttpMethod.Post, $"/api/v1/runs?x={Canary}", json: $$"""{"pipeline":"{{Canary}}","set":{"a":"{{Canary}}" } }""");
        await _server.SendAsync(body);
        await _server.AskAsync(HttpMethod.Put, "/api/v1/secrets/pass", json: $$"""{"value":"{{Canary}}"}""");
        await _server.AskAsync(HttpMethod.Get, $"/nowhere/{Canary}");
        await _server.AskAsync(HttpMethod.Get, $"/hooks/{Canary}");
        using var forged = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
        forged.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"flexcore_{Canary}");
        await _server.SendAsync(forged);
        using var last = _server.Request(new HttpMethod("BREW"), $"/api/v1/pipelines/{Canary}");
        last.Headers.Add("X-Correlation-ID", "last");
        await _server.SendAsync(last);
        await _server.Client.GetAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);

        (await LineAsync("last")).GetProperty("method").GetString().ShouldBe("BREW");
        _server.Said.ShouldNotContain(Canary);
        _server.Said.ShouldNotContain(_server.TokenOf("admin"));
        Lines().ShouldNotContain(line => line.ToString().Contains("/health/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_that_takes_longer_than_a_second_is_said_as_slow()
    {
        // Who guesses tokens is made to wait for a second.
        var guess = $"flexcore_{Guid.NewGuid():N}_{new string('A', 43)}";
        await Task.WhenAll(Enumerable.Range(0, 21).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", guess);
            request.Headers.Add("X-Correlation-ID", "guess");
            await _server.SendAsync(request);
        }));

        await Until.TrueAsync(() => Lines().Any(line => Is(line, "guess") && line.GetProperty("slow").GetBoolean()), "the slow one is told of");
        var slow = Lines().First(line => Is(line, "guess") && line.GetProperty("slow").GetBoolean());
        slow.GetProperty("message").GetString()!.ShouldStartWith("slow: GET /api/v1/runs 429 FX6004 ");
        slow.GetProperty("level").GetString().ShouldBe("warning");
    }

    private async Task<JsonElement> LineAsync(string correlationId)
    {
        await Until.TrueAsync(() => Lines().Any(line => Is(line, correlationId)), $"{correlationId} is told of");
        return Lines().Single(line => Is(line, correlationId));
    }

    private static bool Is(JsonElement line, string correlationId) => line.TryGetProperty("correlation_id", out var id) && id.GetString() == correlationId;

    // All but what stands behind the last line break is whole; every line of a log in JSON is JSON.
    private List<JsonElement> Lines() => [.. _server.Said.Split('\n').SkipLast(1).Select(line => JsonElement.Parse(line))];
}
