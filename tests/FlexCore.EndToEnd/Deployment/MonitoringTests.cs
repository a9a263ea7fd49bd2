using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FlexCore.EndToEnd.Deployment;

/// <summary>A real Prometheus and a real Alertmanager beside a node, with the rules and dashboards of <c>deploy/</c>.</summary>
public sealed partial class MonitoringTests : IAsyncLifetime
{
    private static readonly string Observability = Repository.PathOf("deploy", "observability");

    private readonly TestProject _project = new TestProject().Sync();
    private readonly WebhookServer _receiver = new();
    private readonly int _nodePort = ServerStarter.FreePort();
    private readonly int _prometheusPort = ServerStarter.FreePort();
    private readonly int _alertmanagerPort = ServerStarter.FreePort();
    private readonly HttpClient _client = new();
    private Command _node = null!;
    private Command _prometheus = null!;
    private Command _alertmanager = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (await _project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        await StartNodeAsync();

        // The rules as they are, but that nobody waits for minutes.
        var rules = Directory.CreateDirectory(_project.PathOf("rules")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Observability, "prometheus", "rules")))
            await File.WriteAllTextAsync(Path.Combine(rules, Path.GetFileName(file)), Patience().Replace(await File.ReadAllTextAsync(file, Token), "for: 2s"), Token);
        _project.Write(
            "prometheus.yml",
            $$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }
            rule_files: [rules/*.yml]
            alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:{{_alertmanagerPort}}"] }] }] }
            scrape_configs: [{ job_name: flexcore, static_configs: [{ targets: ["127.0.0.1:{{_nodePort}}"] }] }]
            """);
        _project.Write(
            "alertmanager.yml",
            $$"""
            route: { receiver: test, group_by: [alertname], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h }
            receivers: [{ name: test, webhook_configs: [{ url: "{{_receiver.Url}}", send_resolved: true }] }]
            """);
        _alertmanager = Command.Start(
            "/usr/bin/prometheus-alertmanager", ["--config.file=alertmanager.yml", $"--web.listen-address=127.0.0.1:{_alertmanagerPort}", "--cluster.listen-address=", "--storage.path=alertmanager-data"], _project.Folder);
        _prometheus = Command.Start(
            "/usr/bin/prometheus", ["--config.file=prometheus.yml", $"--web.listen-address=127.0.0.1:{_prometheusPort}", "--storage.tsdb.path=prometheus-data"], _project.Folder);
        await Until.TrueAsync(async () => await AnswersAsync($"http://127.0.0.1:{_prometheusPort}/-/ready") && await AnswersAsync($"http://127.0.0.1:{_alertmanagerPort}/-/ready"), "Prometheus and Alertmanager are there");
    }

    public async ValueTask DisposeAsync()
    {
        await _prometheus.DisposeAsync();
        await _alertmanager.DisposeAsync();
        await _node.DisposeAsync();
        await _receiver.DisposeAsync();
        _client.Dispose();
        _project.Dispose();
    }

    [Fact]
    public async Task Every_panel_and_every_rule_asks_for_what_a_node_tells()
    {
        (await _project.FlexCoreAsync("pipeline", "start", "p")).ShouldExitWith(0);
        await Until.TrueAsync(async () => (await QueryAsync("sum(pipeline_executions_total{status=\"succeeded\"})")).GetArrayLength() == 1, "Prometheus has seen the run");
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await _project.FlexCoreAsync("token", "create", "viewer", "--role", "viewer")).ShouldExitWith(0).Output.Trim());
        (await _client.GetAsync(new Uri($"http://127.0.0.1:{_nodePort}/api/v1/runs"), Token)).EnsureSuccessStatusCode();
        await Until.TrueAsync(async () => (await QueryAsync("request_duration_seconds_count{request=\"GetExecutionHistory\"}")).GetArrayLength() > 0, "Prometheus has seen the request");
        var told = (await _client.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{_prometheusPort}/api/v1/label/__name__/values", Token)).GetProperty("data").EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal);

        var asked = new List<(string From, string Query)>();
        foreach (var file in Directory.GetFiles(Path.Combine(Observability, "grafana", "dashboards"), "*.json"))
        {
            foreach (var panel in JsonElement.Parse(await File.ReadAllTextAsync(file, Token)).GetProperty("panels").EnumerateArray())
                asked.AddRange(panel.GetProperty("targets").EnumerateArray().Select(target => ($"{Path.GetFileName(file)}: {panel.GetProperty("title")}", target.GetProperty("expr").GetString()!)));
        }

        var rules = (await _client.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{_prometheusPort}/api/v1/rules", Token)).GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray());
        foreach (var rule in rules)
        {
            rule.GetProperty("health").GetString().ShouldNotBe("err", rule.GetRawText());
            asked.Add((rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!));
        }

        asked.Count.ShouldBeGreaterThan(40);
        foreach (var (from, query) in asked)
        {
            await QueryAsync(query);
            foreach (var name in Metric().Matches(query).Select(match => match.Value).Where(name => !name.StartsWith("dead_letters", StringComparison.Ordinal))) told.ShouldContain(name, $"{from}: {query}");
        }

        // What has no dead letters has no such series; its name is the contract's.
        asked.SelectMany(item => Metric().Matches(item.Query)).Select(match => match.Value).Where(name => name.StartsWith("dead_letters", StringComparison.Ordinal)).Distinct().ShouldBe(["dead_letters_total"]);
    }

    [Fact]
    public async Task Alert_of_a_node_that_dies_fires_arrives_is_silenced_and_resolves()
    {
        await Until.TrueAsync(async () => (await QueryAsync("up{job=\"flexcore\"} == 1")).GetArrayLength() == 1, "Prometheus has seen the node");

        await _node.SignalAsync("KILL");
        await _node.EndAsync();
        await Until.TrueAsync(() => Told("firing"), "the alert has arrived");

        (await AmtoolAsync("silence", "add", "alertname=FlexCoreNodeDown", "--duration=1h", "--comment=known", "--author=test")).ShouldExitWith(0);
        await Until.TrueAsync(async () => (await AmtoolAsync("alert", "query", "--silenced", "alertname=FlexCoreNodeDown")).Output.Contains("suppressed", StringComparison.Ordinal), "the alert is silenced");

        var silence = (await AmtoolAsync("silence", "query", "--quiet")).ShouldExitWith(0).Output.Trim();
        (await AmtoolAsync("silence", "expire", silence)).ShouldExitWith(0);
        await StartNodeAsync();
        await Until.TrueAsync(() => Told("resolved"), "the end of it has arrived");
    }

    private bool Told(string status) => _receiver.Bodies.Any(body => body.GetProperty("status").GetString() == status && body.GetProperty("commonLabels").GetProperty("alertname").GetString() == "FlexCoreNodeDown");

    private Task<CommandResult> AmtoolAsync(params string[] arguments) => Command.RunAsync("/usr/bin/amtool", [.. arguments, $"--alertmanager.url=http://127.0.0.1:{_alertmanagerPort}"], _project.Folder);

    private async Task StartNodeAsync()
    {
        _node = _project.StartFlexCore("serve", "--http", $"127.0.0.1:{_nodePort}");
        await Until.TrueAsync(() => _node.ErrorSoFar.Contains("REST at", StringComparison.Ordinal), "the node listens");
    }

    private async Task<bool> AnswersAsync(string address)
    {
        try
        {
            return (await _client.GetAsync(new Uri(address), Token)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<JsonElement> QueryAsync(string query)
    {
        var answer = await _client.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{_prometheusPort}/api/v1/query?query={Uri.EscapeDataString(query)}", Token);
        answer.GetProperty("status").GetString().ShouldBe("success", query);
        return answer.GetProperty("data").GetProperty("result");
    }

    [GeneratedRegex(@"for: \d+m\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Patience();

    // What stands before a brace is the name of a metric.
    [GeneratedRegex(@"[a-z_]+(?=\{)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();
}
