using System.Globalization;
using System.Net;

namespace FlexCore.EndToEnd.Server;

/// <summary>What a node tells Prometheus, and those who look whether it is well.</summary>
public sealed class ObservabilityTests
{
    [Fact]
    public async Task Metrics_say_what_has_happened_in_the_names_of_the_contract_and_promtool_has_nothing_against_them()
    {
        var server = new ServedProject(new TestProject().Sync());
        await server.InitializeAsync();
        try
        {
            await server.RunAsync("p");
            var answer = (await server.AskAsync(HttpMethod.Get, "/metrics", role: null)).ShouldBe(HttpStatusCode.OK);

            answer.MediaType.ShouldBe("text/plain");
            var checkedBy = await Command.RunAsync("/usr/bin/promtool", ["check", "metrics"], server.Project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal), answer.Text);
            checkedBy.ShouldExitWith(0);
            (checkedBy.Output + checkedBy.Error).ShouldBeEmpty();
            var metrics = Read(answer.Text);
            metrics["pipeline_executions_total{status=\"succeeded\"}"].ShouldBe(1);
            metrics["pipeline_duration_seconds_count{status=\"succeeded\"}"].ShouldBe(1);
            metrics["plugin_executions_total{plugin=\"tap\",status=\"succeeded\"}"].ShouldBe(1);
            metrics["plugin_cpu_seconds_total{plugin=\"tap\"}"].ShouldBeGreaterThan(0);
            metrics["plugin_peak_memory_bytes_count{plugin=\"target\"}"].ShouldBe(1);
            metrics["plugin_startup_seconds_count"].ShouldBe(2);
            metrics["records_total{direction=\"in\",pipeline=\"p\",stream=\"s\"}"].ShouldBe(3);
            metrics["records_total{direction=\"out\",pipeline=\"p\",stream=\"s\"}"].ShouldBe(3);
            metrics["events_appended_total"].ShouldBeGreaterThan(5);
            metrics["event_append_duration_seconds_count"].ShouldBeGreaterThan(1);
            metrics["queue_waiting_runs"].ShouldBe(0);
            metrics.Keys.ShouldContain(key => key.StartsWith("projection_lag_events{", StringComparison.Ordinal));
            metrics.Keys.ShouldContain(key => key.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal) && key.Contains("http_route=\"/api/v1/runs/{run}\"", StringComparison.Ordinal));
            metrics.Keys.ShouldContain(key => key.StartsWith("dotnet_gc_collections_total", StringComparison.Ordinal));
            metrics.Keys.ShouldContain(key => key.StartsWith("dotnet_process_memory_working_set_bytes", StringComparison.Ordinal));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Node_whose_database_is_away_is_alive_and_not_ready_until_it_is_back()
    {
        await using var database = await PostgresServer.StartAsync();
        var project = new TestProject().Write("one.yaml", "name: one\nsteps: [{ id: a, noop: {} }]\n");
        project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        project.Variables["FLEXCORE__STORE__CONNECTION"] = database.ConnectionString;
        var server = new ServedProject(project);
        await server.InitializeAsync();
        try
        {
            await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, "/health/ready", role: null)).Status == HttpStatusCode.OK, "the node is ready");
            (await server.AskAsync(HttpMethod.Get, "/health", role: null)).ShouldBe(HttpStatusCode.Unauthorized);
            var well = (await server.AskAsync(HttpMethod.Get, "/health", "viewer")).ShouldBe(HttpStatusCode.OK).Json;
            well.GetProperty("status").GetString().ShouldBe("healthy");
            well.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()).ShouldBe(["event-store", "queue", "node", "isolation", "disk"]);

            await database.KillAsync();
            await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, "/health/ready", role: null)).Status == HttpStatusCode.ServiceUnavailable, "the node is not ready");
            (await server.AskAsync(HttpMethod.Get, "/health/live", role: null)).ShouldBe(HttpStatusCode.OK);
            var ill = (await server.AskAsync(HttpMethod.Get, "/health", "viewer")).ShouldBe(HttpStatusCode.ServiceUnavailable).Json;
            ill.GetProperty("status").GetString().ShouldBe("unhealthy");
            var store = ill.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "event-store");
            store.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
            Read((await server.AskAsync(HttpMethod.Get, "/metrics", role: null)).ShouldBe(HttpStatusCode.OK).Text)["health_check_status{check_name=\"event-store\"}"].ShouldBe(0);

            await database.StartAgainAsync();
            await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, "/health/ready", role: null)).Status == HttpStatusCode.OK, "the node is ready again");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("token", null, "401")]
    [InlineData("token", "--role viewer", "200")]
    [InlineData("token", "--role admin --pipelines orders", "403")]
    [InlineData("public", null, "200")]
    public async Task Metrics_that_others_can_reach_want_a_token_for_all_pipelines_unless_they_are_public(string setting, string? token, string expected)
    {
        using var project = new TestProject();
        var shown = token is null ? "" : $"-H \"Authorization: Bearer {(await project.FlexCoreAsync(["token", "create", "scraper", .. token.Split(' ')])).ShouldExitWith(0).Output.Trim()}\" ";

        // In a network of its own, so that nobody can reach it after all.
        var node = $"{Repository.Launcher} serve --http 0.0.0.0:8080 --insecure 2>serve.log & for i in $(seq 300); do grep -q 'REST at' serve.log && break; sleep 0.1; done; curl -s {shown}-o /dev/null -w '%{{http_code}}' http://127.0.0.1:8080/metrics; kill -TERM $!; wait $!";
        project.Variables["FLEXCORE__METRICS"] = setting;

        (await Command.RunAsync("/usr/bin/unshare", ["--net", "sh", "-c", $"ip link set lo up; {node}"], project.Folder, project.Variables)).ShouldExitWith(0).Output.ShouldBe(expected);
    }

    private static Dictionary<string, double> Read(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToDictionary(
        line => Sort(line[..line.LastIndexOf(' ')]), line => double.Parse(line[(line.LastIndexOf(' ') + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture), StringComparer.Ordinal);

    // The order of labels says nothing.
    private static string Sort(string name) =>
        name.IndexOf('{', StringComparison.Ordinal) is > 0 and var at ? $"{name[..at]}{{{string.Join(',', name[(at + 1)..^1].Split("\",", StringSplitOptions.None).Select(label => label.TrimEnd('"') + '"').Order(StringComparer.Ordinal))}}}" : name;
}
