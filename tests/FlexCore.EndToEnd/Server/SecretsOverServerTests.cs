using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>Secrets that plugins and callers leave everywhere, and whatever a server says afterwards.</summary>
public sealed class SecretsOverServerTests
{
    [Fact]
    public async Task Nothing_that_a_server_answers_or_writes_has_a_secret_in_it()
    {
        var server = new ServedProject(await CanarySecrets.ProjectAsync());
        await server.InitializeAsync();
        try
        {
            var run = await server.RunAsync("p", end: "failed");
            await SendSecretsAsync(server);

            foreach (var (path, answer) in await ReadAllAsync(server, run)) CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(answer), path);
            foreach (var (method, answer) in await CallAllAsync(server, run)) CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(answer), method);
            CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(server.Said), "standard error of the server");
            foreach (var file in Directory.GetFiles(server.Project.PathOf(".flexcore"), "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 0)) CanarySecrets.ShouldHideAll(await AccessTests.ReadSharedAsync(file), file);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Every way to hand the server a secret that it takes or refuses; what it says to that.</summary>
    private static async Task SendSecretsAsync(ServedProject server)
    {
        var quoted = JsonSerializer.Serialize(CanarySecrets.Token);
        (HttpMethod Method, string Path, string Json)[] requests =
        [
            (HttpMethod.Put, "/api/v1/secrets/other", $$"""{"value":{{quoted}}}"""),
            (HttpMethod.Put, "/api/v1/secrets/Not-A-Name", $$"""{"value":{{quoted}}}"""),
            (HttpMethod.Put, "/api/v1/secrets/other", $$"""{"value":{{quoted}},"more":{{quoted}}}"""),
            (HttpMethod.Put, "/api/v1/secrets/other", $$"""{"value":[{{quoted}}]}"""),
            (HttpMethod.Put, "/api/v1/secrets/other", $$"""{"value":{{quoted[..^1]}}"""),
            (HttpMethod.Post, "/hooks/p", $$"""{"token":{{quoted}}}"""),
        ];
        foreach (var (method, path, json) in requests)
        {
            var answer = await server.AskAsync(method, path, "admin", json);
            CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(answer.Text), $"{method} {path} {json}: {answer.Status}");
        }

        foreach (var shown in (string[])[$"flexcore_{Guid.NewGuid():N}_canary{new string('A', 37)}", "canary", $"canary.{new string('A', 40)}.canary"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", shown);
            var answer = await server.SendAsync(request);
            CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(answer.Text + answer.Headers), "the refusal of a token");
        }
    }

    /// <summary>Everything that can be read by GET, of what there is.</summary>
    private static async Task<List<(string Path, string Answer)>> ReadAllAsync(ServedProject server, string run)
    {
        var letter = (await server.AskAsync(HttpMethod.Get, "/api/v1/deadletters")).Json.GetProperty("items")[0].GetProperty("id").GetString()!;
        var events = (await server.AskAsync(HttpMethod.Get, "/api/v1/events?limit=1")).Json.GetProperty("items")[0].GetProperty("position").GetInt64();
        var known = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["{run}"] = run, ["{other}"] = run, ["{pipeline}"] = "p", ["{step}"] = "load", ["{plugin}"] = "tap", ["{letter}"] = letter, ["{position}"] = $"{events}", ["{node}"] = "nowhere", ["{secret}"] = "token", ["{token}"] = "a-viewer",
        };
        var answers = new List<(string Path, string Answer)>();
        foreach (var path in (await server.DocumentAsync()).GetProperty("paths").EnumerateObject().Where(path => path.Value.TryGetProperty("get", out _)))
        {
            var address = known.Aggregate(path.Name, (text, part) => text.Replace(part.Key, part.Value, StringComparison.Ordinal));
            var answer = await server.AskAsync(HttpMethod.Get, address);
            answers.Add((address, answer.Text + answer.Headers));
            for (var next = NextOf(answer); next is not null;)
            {
                answer = await server.AskAsync(HttpMethod.Get, $"{address}?after={Uri.EscapeDataString(next)}");
                answers.Add(($"{address} after {next}", answer.Text));
                next = NextOf(answer);
            }
        }

        answers.Count.ShouldBeGreaterThan(15);
        using var follow = server.Request(HttpMethod.Get, $"/api/v1/runs/{run}/events");
        follow.Headers.Accept.ParseAdd("text/event-stream");
        answers.Add(("the events of the run as they happen", (await server.SendAsync(follow)).Text));
        answers.Single(answer => answer.Path == $"/api/v1/runs/{run}/logs").Answer.ShouldContain("ERROR it is ***");
        return answers;

        string? NextOf(RestAnswer answer) => answer.MediaType == "application/json" && answer.Json.TryGetProperty("next", out var next) ? next.GetString() : null;
    }

    private static async Task<List<(string Method, string Answer)>> CallAllAsync(ServedProject server, string run)
    {
        await using var client = await GrpcClient.StartAsync(server.GrpcAddress);
        var answers = new List<(string Method, string Answer)>();
        foreach (var (method, message) in ((string, JsonObject)[])
                 [
                     ("RunService/Get", new JsonObject { ["run"] = run }), ("RunService/Watch", new JsonObject { ["run_id"] = run }), ("RunService/List", []), ("PipelineService/Get", new JsonObject { ["name"] = "p" }),
                     ("PluginService/List", []), ("PluginService/Get", new JsonObject { ["name"] = "tap" }), ("EventService/List", []),
                 ])
        {
            answers.Add((method, (await client.CallAsync(method, message, server.TokenOf("admin"))).Json.GetRawText()));
        }

        answers.Add(("a refusal", (await client.CallAsync("RunService/List", [], $"flexcore_{Guid.NewGuid():N}_canary{new string('A', 37)}")).Json.GetRawText()));
        return answers;
    }
}
