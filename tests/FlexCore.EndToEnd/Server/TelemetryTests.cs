using System.Net;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>What a node and a command send to a collector, and what a node writes into files.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";

    private const string TellsItsTrace = "import os; print(os.environ['TRACEPARENT'])";

    private readonly TestProject _project = new TestProject()
        .Plugin("say", "task", TellsItsTrace)
        .Write("p.yaml", "name: p\nsteps: [{ id: first, task: { plugin: say } }, { id: second, needs: [first], task: { plugin: say } }]\n");

    private OtlpReceiver _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await OtlpReceiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        if (Directory.Exists(_project.Folder)) _project.Dispose();
    }

    [Fact]
    public async Task One_trace_goes_from_the_request_of_a_caller_through_command_queue_run_and_steps_to_the_plugins_that_know_it()
    {
        _project.Variables["FLEXCORE__TELEMETRY__OTLP"] = _collector.Grpc;
        var server = new ServedProject(_project);
        await server.InitializeAsync();
        string id;
        try
        {
            using var request = server.Request(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"p"}""");
            request.Headers.Add("traceparent", $"00-{CallersTrace}-{CallersSpan}-01");
            id = (await server.SendAsync(request)).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
            await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{id}")).Json.GetProperty("status").GetString() == "succeeded", "the run has ended");
            await server.AskAsync(HttpMethod.Get, "/health");
        }
        finally
        {
            // What has not been sent is sent when it ends.
            await server.DisposeAsync();
        }

        var all = await _collector.SpansAsync();
        var spans = all.Where(span => span.Trace == CallersTrace).ToList();
        var request0 = spans.Single(span => span.Name == "POST /api/v1/runs");
        (request0.Parent, request0.Attributes.GetProperty("http.response.status_code").GetInt32()).ShouldBe((CallersSpan, 202));
        var command = Child(request0, "StartPipeline");
        var append = Child(command, "append");
        append.Attributes.GetProperty("flexcore.stream").GetString().ShouldBe($"run-{id}");
        var run = spans.Single(span => span.Name == "run p");
        run.Attributes.GetProperty("flexcore.run.id").GetString().ShouldBe(id);
        run.Attributes.GetProperty("flexcore.run.status").GetString().ShouldBe("succeeded");
        foreach (var name in (string[])["first", "second"])
        {
            var plugin = Child(Child(run, $"step {name}"), "plugin say");
            plugin.Attributes.GetProperty("process.exit.code").GetInt32().ShouldBe(0);
        }

        all.ShouldNotContain(span => span.Name.Contains("health", StringComparison.Ordinal));

        ReceivedSpan Child(ReceivedSpan parent, string name) => spans.Where(span => span.Parent == parent.Id && span.Name == name).ShouldHaveSingleItem($"{name} under {parent.Name}");
    }

    [Fact]
    public async Task Plugin_knows_the_span_of_its_step_also_when_its_sandbox_was_set_up_before_its_time()
    {
        _project.Write("flexcore.yaml", $"telemetry: {{ otlp: \"{_collector.Http}\", protocol: http }}\n");

        var run = (await _project.FlexCoreAsync("run", "p.yaml", "--json")).ShouldExitWith(0).Json;

        var spans = await _collector.SpansAsync();
        foreach (var (step, told) in await ToldAsync(run))
        {
            var span = spans.Single(span => span.Name == $"step {step}");
            told.ShouldBe($"00-{span.Trace}-{span.Id}-01");
        }
    }

    [Fact]
    public async Task Plugin_is_told_a_trace_though_nobody_collects_them()
    {
        var run = (await _project.FlexCoreAsync("run", "p.yaml", "--json")).ShouldExitWith(0).Json;

        (await ToldAsync(run)).Select(step => step.TraceParent).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$");
    }

    [Fact]
    public async Task Failed_step_is_an_error_in_its_trace()
    {
        _project.Plugin("say", "task", "raise SystemExit(3)").Variables["FLEXCORE__TELEMETRY__OTLP"] = _collector.Grpc;

        (await _project.FlexCoreAsync("run", "p.yaml")).ShouldExitWith(1);

        (await _collector.SpansAsync()).Where(span => span.Failed).Select(span => span.Name).ShouldBe(["run p", "step first", "plugin say"], ignoreOrder: true);
    }

    [Fact]
    public async Task No_trace_of_ones_own_is_sent_with_a_share_of_none_and_those_of_callers_are_sent_all_the_same()
    {
        _project.Write("flexcore.yaml", $"telemetry: {{ otlp: \"{_collector.Grpc}\", sample: 0 }}\n");
        var server = new ServedProject(_project);
        await server.InitializeAsync();
        try
        {
            await server.RunAsync("p");
            using var request = server.Request(HttpMethod.Get, "/api/v1/runs");
            request.Headers.Add("traceparent", $"00-{CallersTrace}-{CallersSpan}-01");
            (await server.SendAsync(request)).ShouldBe(HttpStatusCode.OK);
        }
        finally
        {
            await server.DisposeAsync();
        }

        var spans = await _collector.SpansAsync();
        spans.ShouldContain(span => span.Name == "GET /api/v1/runs");
        spans.ShouldAllBe(span => span.Trace == CallersTrace);
    }

    [Fact]
    public async Task Collector_that_is_away_costs_a_run_nothing_but_its_trace()
    {
        _project.Variables["FLEXCORE__TELEMETRY__OTLP"] = "http://127.0.0.1:1";

        var run = (await _project.FlexCoreAsync("run", "p.yaml")).ShouldExitWith(0);

        run.Error.ShouldNotContain("127.0.0.1:1");
    }

    [Fact]
    public async Task Log_arrives_at_a_collector_in_the_trace_that_it_is_about_with_the_headers_of_the_environment()
    {
        _project.Write("flexcore.yaml", $"telemetry: {{ otlp: \"{_collector.Http}\", protocol: http }}\n").Variables["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer of-the-collector";
        var server = new ServedProject(_project);
        await server.InitializeAsync();
        try
        {
            using var request = server.Request(HttpMethod.Get, "/api/v1/nodes");
            request.Headers.Add("traceparent", $"00-{CallersTrace}-{CallersSpan}-01");
            (await server.SendAsync(request)).ShouldBe(HttpStatusCode.OK);
        }
        finally
        {
            await server.DisposeAsync();
        }

        var taken = await _collector.ReadAsync();
        var entry = taken.GetProperty("logs").EnumerateArray().Single(entry => entry.GetProperty("trace").GetString() == CallersTrace);
        entry.GetProperty("body").GetString().ShouldStartWith("GET /api/v1/nodes 200 - ");
        entry.GetProperty("attributes").GetProperty("Caller").GetString().ShouldBe("a-admin");
        taken.GetProperty("headers").EnumerateArray().ShouldAllBe(header => header.GetString() == "Bearer of-the-collector");
        server.Said.ShouldNotContain("of-the-collector");
    }

    [Fact]
    public async Task Log_goes_on_in_a_new_file_when_one_is_full_and_the_oldest_leave()
    {
        _project.Write("flexcore.yaml", $"log: {{ format: json, file: {_project.PathOf("logs/node.log")}, file_size: 64KiB, files: 2 }}\n");
        var server = new ServedProject(_project);
        await server.InitializeAsync();
        try
        {
            for (var i = 0; i < 600; i++) await server.AskAsync(HttpMethod.Get, "/api/v1/nodes");

            var files = Directory.GetFiles(_project.PathOf("logs")).Order(StringComparer.Ordinal).ToList();
            files.Count.ShouldBe(2);
            Path.GetFileName(files[^1]).ShouldMatch("^node[0-9]{8}_[0-9]{3}[.]log$");
            JsonElement.Parse(File.ReadLines(files[0]).First()).GetProperty("event").GetString().ShouldBe("RequestAnswered");
            new FileInfo(files[0]).Length.ShouldBeLessThan(65 * 1024);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_takes_longer_than_is_asked_for_is_warned_of()
    {
        _project.Write("flexcore.yaml", "log: { slow: 1ms }\n");
        var server = new ServedProject(_project);
        await server.InitializeAsync();
        try
        {
            await server.RunAsync("p");
            await Until.TrueAsync(() => server.Said.Contains("warning slow: plugin_startup_seconds was ", StringComparison.Ordinal), "the log says what was slow");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>What the plugin of each step has said.</summary>
    private async Task<IReadOnlyList<(string Step, string TraceParent)>> ToldAsync(JsonElement run)
    {
        var lines = (await _project.FlexCoreAsync("runs", "logs", run.GetProperty("run_id").GetString()!, "--json")).ShouldExitWith(0).Json.EnumerateArray().ToList();
        lines.Count.ShouldBe(2);
        return [.. lines.Select(line => (line.GetProperty("step").GetString()!, line.GetProperty("message").GetString()!))];
    }
}
