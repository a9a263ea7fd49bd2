using System.Net;
using System.Net.Http.Headers;

namespace FlexCore.EndToEnd.Server;

/// <summary>One server at two addresses.</summary>
public sealed class ListeningTests(ServedProject server) : IClassFixture<ServedProject>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_guesses_tokens_over_REST_is_slowed_over_gRPC_too()
    {
        var guess = $"flexcore_{Guid.NewGuid():N}_{new string('A', 43)}";
        await Task.WhenAll(Enumerable.Range(0, 21).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", guess);
            await server.SendAsync(request);
        }));

        await using var client = await GrpcClient.StartAsync(server.GrpcAddress);
        (await client.CallAsync("RunService/List", token: guess)).ShouldFailWith("RESOURCE_EXHAUSTED", "FX6004");
        (await client.CallAsync("RunService/List", token: server.TokenOf("viewer"))).ShouldBe("OK");
    }

    [Fact]
    public async Task Neither_address_answers_for_the_other()
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (await client.GetAsync(new Uri($"http://{server.GrpcAddress}/health/live"), Token)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        using var call = server.Request(HttpMethod.Post, "/flexcore.v1.RunService/List");
        (await server.SendAsync(call)).ShouldFailWith(HttpStatusCode.NotFound, "FX1050");
    }

    [Fact]
    public async Task Address_that_cannot_be_had_is_named()
    {
        (await server.Project.FlexCoreAsync("serve", "--http", "127.0.0.1:0", "--grpc", server.GrpcAddress)).ShouldExitWith(3).Error.ShouldContain($"error[FX3040]: {server.GrpcAddress} cannot be listened on");
        (await server.Project.FlexCoreAsync("serve", "--http", "203.0.113.1:4711", "--insecure")).ShouldExitWith(3).Error.ShouldContain("error[FX3040]: 203.0.113.1:4711 cannot be listened on");
    }

    [Fact]
    public async Task Node_says_where_it_is_reached_as_it_was_told_or_as_it_listens()
    {
        (await AddressOfAsync(Environment.MachineName)).ShouldBe(server.Client.BaseAddress!.ToString().TrimEnd('/'));
        await using var other = server.Project.StartFlexCore("serve", "--name", "other", "--http", "0.0.0.0:0", "--insecure", "--grpc", "off", "--advertise", "https://node-2.example.com:8443");
        await using var silent = server.Project.StartFlexCore("serve", "--name", "silent", "--http", "0.0.0.0:0", "--insecure", "--grpc", "off");

        await Until.TrueAsync(async () => await AddressOfAsync("other") is not null, "the other one is known");
        (await AddressOfAsync("other")).ShouldBe("https://node-2.example.com:8443/");
        await Until.TrueAsync(async () => (await NodesAsync()).ContainsKey("silent"), "that one too");
        (await AddressOfAsync("silent")).ShouldBeNull("nobody can go to 0.0.0.0");
        (await server.Project.FlexCoreAsync("serve", "--advertise", "nowhere")).ShouldExitWith(2).Error.ShouldContain("--advertise nowhere: it must be an address");
    }

    private async Task<string?> AddressOfAsync(string node) => (await NodesAsync()).GetValueOrDefault(node);

    private async Task<Dictionary<string, string?>> NodesAsync() =>
        (await server.AskAsync(HttpMethod.Get, "/api/v1/nodes")).Json.GetProperty("items").EnumerateArray().ToDictionary(node => node.GetProperty("name").GetString()!, node => node.GetProperty("address").GetString(), StringComparer.Ordinal);

    [Fact]
    public async Task Server_that_stops_ends_the_events_of_a_run_behind_a_whole_one()
    {
        var project = new ServedProject();
        await project.InitializeAsync();
        var run = (await project.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"waiting"}""")).Json.GetProperty("run_id").GetString();
        using var request = project.Request(HttpMethod.Get, $"/api/v1/runs/{run}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await project.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        (await events.ReadLineAsync(Token)).ShouldBe("id: 1");

        var ending = project.DisposeAsync();
        (await events.ReadToEndAsync(Token)).ShouldEndWith("\n\n");
        await ending;
    }
}
