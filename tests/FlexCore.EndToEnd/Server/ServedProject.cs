using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>A project with a server of its own, and a token for each role.</summary>
public sealed class ServedProject : IAsyncLifetime
{
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private Command _node = null!;

    public static IReadOnlyList<string> Roles { get; } = ["viewer", "operator", "admin", "auditor"];

    public ServedProject()
        : this(new TestProject()
            .Write("one.yaml", "name: one\nconcurrency: unlimited\nsteps: [{ id: a, noop: {} }, { id: b, noop: {}, needs: [a] }]\n")
            .Write("idle.yaml", "name: idle\nvars: { region: eu }\nsteps: [{ id: a, noop: {} }]\n")
            .Write("waiting.yaml", "name: waiting\nconcurrency: unlimited\nlabels: [nowhere]\nsteps: [{ id: a, noop: {} }]\n"))
    {
    }

    internal ServedProject(TestProject project) => Project = project;

    internal TestProject Project { get; }

    /// <summary>Where it takes calls of gRPC, as <c>ADDRESS:PORT</c>.</summary>
    public string GrpcAddress { get; private set; } = "";

    /// <summary>The process of the server.</summary>
    public int NodeId => _node.Id;

    /// <summary>What the server has said.</summary>
    public string Said => _node.ErrorSoFar;

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (await Project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        foreach (var role in Roles) _tokens[role] = (await Project.FlexCoreAsync("token", "create", $"a-{role}", "--role", role)).ShouldExitWith(0).Output.Trim();
        await ListenAsync("127.0.0.1:0");
        Client.BaseAddress = new Uri(_node.ErrorSoFar.Split("REST at ")[1].Split("/api/")[0]);
        GrpcAddress = new Uri(_node.ErrorSoFar.Split("gRPC at ")[1].Split('\n', '"')[0]).Authority;
    }

    /// <summary>Ends the server as a power cut would.</summary>
    public async Task KillAsync()
    {
        await _node.SignalAsync("KILL");
        await _node.EndAsync();
        await _node.DisposeAsync();
    }

    /// <summary>Starts it again, where it was.</summary>
    public Task StartAgainAsync() => ListenAsync(Client.BaseAddress!.Authority);

    private async Task ListenAsync(string http)
    {
        _node = Project.StartFlexCore("serve", "--http", http, "--grpc", "127.0.0.1:0");
        await Until.TrueAsync(() => _node.ErrorSoFar.Split("gRPC at ") is [_, var rest] && rest.Contains('\n'), "the node listens");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.SignalAsync("TERM");
        (await _node.EndAsync()).ShouldExitWith(0);
        await _node.DisposeAsync();
        Client.Dispose();
        Project.Dispose();
    }

    public string TokenOf(string role) => _tokens[role];

    /// <summary>Gives somebody a token of their own, for some pipelines or, where none is named, for all; they are asked for by their name like those of a role.</summary>
    public async Task GiveTokenAsync(string name, string role, params string[] pipelines)
    {
        var made = await AskAsync(HttpMethod.Post, "/api/v1/tokens", json: JsonSerializer.Serialize(new { name, role, pipelines = pipelines is [] ? null : pipelines }));
        _tokens[name] = made.ShouldBe(HttpStatusCode.Created).Json.GetProperty("text").GetString()!;
    }

    /// <summary>Revokes the token of somebody, and gives another one the same name.</summary>
    public async Task GiveRevokedTokenAnewAsync(string name, string role)
    {
        (await Project.FlexCoreAsync("token", "revoke", name)).ShouldExitWith(0);
        await GiveTokenAsync(name, role);
    }

    /// <summary>Asks as somebody of a role; null shows no token.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path, string? role = "admin", string? json = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (role is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[role]);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return request;
    }

    public async Task<RestAnswer> AskAsync(HttpMethod method, string path, string? role = "admin", string? json = null)
    {
        using var request = Request(method, path, role, json);
        return await SendAsync(request);
    }

    public async Task<RestAnswer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        return new RestAnswer(response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    /// <summary>Queues a run and waits for its end.</summary>
    public async Task<string> RunAsync(string pipeline = "one", string end = "succeeded")
    {
        var id = (await AskAsync(HttpMethod.Post, "/api/v1/runs", json: $$"""{"pipeline":"{{pipeline}}"}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString()!;
        await Until.TrueAsync(async () => (await AskAsync(HttpMethod.Get, $"/api/v1/runs/{id}")).Json.GetProperty("status").GetString() == end, "the run has ended");
        return id;
    }

    public async Task<JsonElement> DocumentAsync() => (await Client.SendAsync(Request(HttpMethod.Get, "/openapi/v1.json"), Token)) is { IsSuccessStatusCode: true } found
        ? await found.Content.ReadFromJsonAsync<JsonElement>(Token)
        : throw new InvalidOperationException("there is no document");
}

/// <summary>An answer of the API.</summary>
public sealed record RestAnswer(HttpStatusCode Status, string Text, string? MediaType, HttpResponseHeaders Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public RestAnswer ShouldBe(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>A problem document with that code.</summary>
    public RestAnswer ShouldFailWith(HttpStatusCode status, string code)
    {
        ShouldBe(status).MediaType.ShouldBe("application/problem+json");
        Json.GetProperty("code").GetString().ShouldBe(code);
        Json.GetProperty("status").GetInt32().ShouldBe((int)status);
        Json.GetProperty("remedy").GetString().ShouldNotBeNullOrWhiteSpace();
        return this;
    }
}
