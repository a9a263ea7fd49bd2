using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Pipelines that another system starts by a signed message.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly TestProject _project = new TestProject().Write(
        "pipeline.yaml",
        """
        name: orders
        vars: { region: none }
        triggers: [{ webhook: { secret: shop_hook, set: { region: /order/regions/0 } } }]
        steps: [{ id: a, noop: {} }]
        """);

    private readonly HttpClient _client = new();
    private Command _node = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (await _project.FlexCoreFedAsync(Secret, "secrets", "set", "shop_hook")).ShouldExitWith(0);
        (await _project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        _node = _project.StartFlexCore("serve", "--http", "127.0.0.1:0");
        await Until.TrueAsync(() => _node.ErrorSoFar.Contains("/hooks/PIPELINE", StringComparison.Ordinal), "the node listens");
        var address = _node.ErrorSoFar.Split("webhooks at ")[1].Split("/hooks/")[0];
        _client.BaseAddress = new Uri(address);
        _client.DefaultRequestHeaders.ExpectContinue = true; // A refusal may come before the body has gone.
    }

    public async ValueTask DisposeAsync()
    {
        await _node.SignalAsync("TERM");
        (await _node.EndAsync()).ShouldExitWith(0).Error.ShouldNotContain(" is broken");
        await _node.DisposeAsync();
        _client.Dispose();
        _project.Dispose();
    }

    [Fact]
    public async Task Signed_message_starts_one_run_with_what_it_says_however_often_it_is_sent()
    {
        var first = await SendAsync("msg-1", """{"order":{"regions":["eu"]}}""");
        var again = await SendAsync("msg-1", """{"order":{"regions":["eu"]}}""", sentBefore: TimeSpan.FromMinutes(2));
        var other = await SendAsync("msg-2", """{"order":{"regions":["us"]}}""");

        (first.Status, again.Status, other.Status).ShouldBe((HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.Accepted));
        var run = first.Body.GetProperty("run_id").GetString()!;
        again.Body.GetProperty("run_id").GetString().ShouldBe(run);
        other.Body.GetProperty("run_id").GetString().ShouldNotBe(run);
        await Until.TrueAsync(async () => await StatusAsync(run) == "succeeded", "the run has ended");
        var queued = (await _project.FlexCoreAsync("events", "list", "--type", "PipelineQueued", "--json")).Json.EnumerateArray().Select(item => item.GetProperty("data")).ToList();
        queued.Select(data => data.GetProperty("set").GetProperty("region").GetString()).ShouldBe(["eu", "us"]);
        queued.Select(data => data.GetProperty("trigger")).Select(trigger => (trigger.GetProperty("kind").GetString(), trigger.GetProperty("source").GetString())).ShouldBe([("webhook", "msg-1"), ("webhook", "msg-2")]);
    }

    [Fact]
    public async Task Message_that_does_not_prove_its_sender_starts_nothing()
    {
        const string Body = """{"order":{"regions":["eu"]}}""";

        (await SendAsync("msg-1", Body, secret: "another")).ShouldSatisfyAllConditions(
            answer => answer.Status.ShouldBe(HttpStatusCode.Unauthorized), answer => answer.Body.GetProperty("code").GetString().ShouldBe("FX6002"), answer => answer.Text.ShouldNotContain(Secret));
        (await SendAsync("msg-1", Body, sentBefore: TimeSpan.FromMinutes(6))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("msg-1", Body, sentBefore: TimeSpan.FromMinutes(-6))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("msg-1", Body, alter: content => content.Headers.Remove("webhook-signature"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("msg-1", Body, alter: content => Replace(content.Headers, "webhook-id", "msg-2"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync("msg-1", Body, alter: content => Replace(content.Headers, "webhook-timestamp", "99999999999999999999"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _project.FlexCoreAsync("runs", "list", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("not json", HttpStatusCode.BadRequest, "line 1")]
    [InlineData("""{"order":{"regions":[]}}""", HttpStatusCode.BadRequest, "/order/regions/0")]
    [InlineData("""{"order":{"regions":[{}]}}""", HttpStatusCode.BadRequest, "/order/regions/0")]
    public async Task Signed_message_that_makes_no_sense_is_refused_with_the_place(string body, HttpStatusCode status, string expected)
    {
        var answer = await SendAsync("msg-1", body);

        answer.Status.ShouldBe(status);
        answer.Body.GetProperty("detail").GetString()!.ShouldContain(expected);
    }

    [Fact]
    public async Task Message_is_limited_in_depth_and_size()
    {
        (await SendAsync("deep", new string('[', 100_000))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync("large", new string(' ', (1024 * 1024) + 1))).ShouldSatisfyAllConditions(
            answer => answer.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge), answer => answer.Body.GetProperty("code").GetString().ShouldBe("FX1008"));
    }

    [Fact]
    public async Task Nothing_is_started_by_messages_to_whatever_takes_none_or_is_paused()
    {
        (await SendAsync("msg-1", "{}", pipeline: "others")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync("msg-1", "{}", pipeline: "..%2f")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _client.GetAsync(new Uri("/hooks/orders", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _client.GetAsync(new Uri("/health/live", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _project.FlexCoreAsync("pipeline", "pause", "orders")).ShouldExitWith(0);

        var answer = await SendAsync("msg-1", """{"order":{"regions":["eu"]}}""");

        (answer.Status, answer.Body.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "FX1041"));
    }

    [Fact]
    public async Task Address_that_others_can_reach_or_that_is_taken_is_refused()
    {
        (await _project.FlexCoreAsync("serve", "--http", "0.0.0.0:0")).ShouldExitWith(2).Error.ShouldContain("--insecure");
        (await _project.FlexCoreAsync("serve", "--http", "8080")).ShouldExitWith(2).Error.ShouldContain("127.0.0.1:8080");
        (await _project.FlexCoreAsync("serve", "--http", _client.BaseAddress!.Authority)).ShouldExitWith(3).Error.ShouldContain("error[FX3040]");
    }

    private async Task<string?> StatusAsync(string run) => (await _project.FlexCoreAsync("runs", "show", run, "--json")).Json.GetProperty("status").GetString();

    private async Task<Answer> SendAsync(
        string id, string body, string pipeline = "orders", string secret = Secret, TimeSpan sentBefore = default, Action<HttpRequestMessage>? alter = null)
    {
        var timestamp = (TimeProvider.System.GetUtcNow() - sentBefore).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var key = secret.StartsWith("whsec_", StringComparison.Ordinal) ? Convert.FromBase64String(secret["whsec_".Length..]) : Encoding.UTF8.GetBytes(secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/hooks/{pipeline}", UriKind.Relative));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", $"v1,AAAA v1,{Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")))}");
        alter?.Invoke(request);
        using var response = await _client.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        return new Answer(response.StatusCode, text, JsonElement.Parse(text));
    }

    private static void Replace(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.Add(name, value);
    }

    private sealed record Answer(HttpStatusCode Status, string Text, JsonElement Body);
}
