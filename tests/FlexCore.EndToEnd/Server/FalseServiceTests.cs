namespace FlexCore.EndToEnd.Server;

/// <summary>Plugins of services that answer otherwise than they should.</summary>
public sealed class FalseServiceTests : IDisposable
{
    private const string Token = "the-token-of-nobody-else";
    private const string Run = "01a204a8-d52e-7b18-a16a-7c63ce7b4b6e";
    private const string Accepted = $$"""{"run_id":"{{Run}}"}""";
    private const string NoLog = """{"items":[],"next":null}""";

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"run_id":5}""")]
    [InlineData("""{}""")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task Answer_to_the_wish_that_is_none_fails_the_step_at_once(string body)
    {
        await using var service = new WebhookServer(_ => WebhookServer.Answer("202 Accepted", Json, body));

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("FX5013");

        service.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("""{"run_id":"01a204a8-d52e-7b18-a16a-7c63ce7b4b6f","status":"succeeded","isolation":{"level":"sandbox"},"steps":[]}""")]
    [InlineData($$"""{"run_id":"{{Run}}","status":"succeeded","steps":[]}""")]
    [InlineData($$"""{"run_id":"{{Run}}","status":"succeeded","isolation":null,"steps":[]}""")]
    public async Task Document_of_the_run_that_is_none_fails_the_step(string body)
    {
        await using var service = Service(body);

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("FX5013");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    public async Task Output_that_a_plugin_here_could_not_leave_is_refused(string output)
    {
        await using var service = Service(Document("succeeded", "sandbox", $$""","plugins":[],"output":{{output}}"""));

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("FX2013");
    }

    [Fact]
    public async Task Answer_without_end_is_not_read_to_its_end()
    {
        await using var service = new WebhookServer(_ => WebhookServer.Answer("202 Accepted", Json, new string(' ', 33 << 20)));

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("the answer is longer than 33554432 bytes");
    }

    [Fact]
    public async Task Redirection_is_not_followed_so_that_the_token_stays_with_its_service()
    {
        await using var elsewhere = new WebhookServer();
        await using var service = new WebhookServer(_ => WebhookServer.Answer("307 Temporary Redirect", $"Location: {elsewhere.Url}\r\n"));

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("answers with HTTP 307, not as a FlexCore server does");

        elsewhere.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("process")]
    [InlineData("none")]
    [InlineData("whatever")]
    public async Task Less_than_a_sandbox_there_is_refused_and_the_run_cancelled_unless_it_is_allowed(string level)
    {
        await using var service = Service(Document("running", level), Document("cancelled", level));

        (await RunAsync(service)).ShouldExitWith(1).Error.ShouldContain("error[FX2010]");

        service.Requests.ShouldContain(request => request.Head.StartsWith($"POST /api/v1/runs/{Run}/cancel ", StringComparison.Ordinal));
        await using var other = Service(Document("succeeded", level, ""","plugins":[{"outcome":"succeeded"}]"""));
        var run = (await RunAsync(other, arguments: ["--allow-unconfined", "--json"])).ShouldExitWith(0).Json;
        run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe(level == "process" ? "process" : "none");
    }

    [Fact]
    public async Task Log_without_end_is_cut_at_the_limit_and_the_run_cancelled()
    {
        var line = $$"""{"message":"{{new string('x', 500)}}"}""";
        await using var service = new WebhookServer(number => WebhookServer.Answer("200 OK", Json, number switch
        {
            1 => Accepted,
            2 => Document("running", "sandbox"),
            < 100 => $$"""{"items":[{{string.Join(',', Enumerable.Repeat(line, 50))}}],"next":"50"}""",
            _ => Accepted,
        }));

        (await RunAsync(service, more: "limits: { stdout: 64KiB }\n")).ShouldExitWith(1).Error.ShouldContain("FX2007");

        service.Requests.ShouldContain(request => request.Head.StartsWith($"POST /api/v1/runs/{Run}/cancel ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_it_says_is_made_printable_and_the_token_in_it_hidden()
    {
        var log = $$"""{"items":[{"message":"\u001b[31mred {{Token}}"}],"next":null}""";
        await using var service = new WebhookServer(number => WebhookServer.Answer("200 OK", Json, number switch
        {
            1 => Accepted,
            2 => Document("failed", "sandbox", $$""","plugins":[{"outcome":"exit-code","exit_code":1}],"error":{"code":"FX2001","message":"\u001b[2J {{Token}} is bad"}"""),
            3 => log,
            _ => NoLog,
        }));

        var error = (await RunAsync(service)).ShouldExitWith(1).Error;

        error.ShouldContain("error[FX2001]");
        error.ShouldNotContain("\u001b");
        error.ShouldNotContain(Token);
        (await _project.EventsAsync()).ShouldAllBe(item => !item.GetRawText().Contains(Token, StringComparison.Ordinal));
        service.Requests[0].Head.ShouldContain($"Authorization: Bearer {Token}");
    }

    [Theory]
    [InlineData("remote: { url: http://example.com, plugin: job, token: \"${secret.t}\" }", "must begin with https")]
    [InlineData("remote: { url: nowhere, plugin: job, token: \"${secret.t}\" }", "must be the address of a server")]
    [InlineData("remote: { url: \"https://u:p@example.com\", plugin: job, token: \"${secret.t}\" }", "neither a password nor a query")]
    [InlineData("remote: { url: \"https://[::1]\", plugin: job, token: \"${secret.t}\" }", "cannot be granted")]
    [InlineData("remote: { url: https://example.com, plugin: job, token: written-out }", "FX1018")]
    [InlineData("remote: { url: https://example.com, plugin: job }", "'token' is missing")]
    [InlineData("remote: { url: https://example.com, plugin: Job, token: \"${secret.t}\" }", "FX1014")]
    [InlineData("remote: { url: https://example.com, plugin: job, token: \"${secret.t}\" }\ncommand: [python3]", "'command' is that of the plugin where it runs")]
    [InlineData("remote: { url: https://example.com, plugin: job, token: \"${secret.t}\" }\ncapabilities: { env: [TZ] }", "'capabilities' is that of the plugin where it runs")]
    [InlineData("remote: { url: https://example.com, plugin: job, token: \"${secret.t}\" }\nlimits: { memory: 1GiB }", "'memory' is limited where the plugin runs")]
    public async Task Manifest_that_is_wrong_is_told_in_full(string manifest, string told)
    {
        _project.Write("plugins/job/plugin.yaml", $"name: job\nversion: 1.0.0\nkind: task\nprotocol: task\n{manifest}\n");

        (await _project.FlexCoreAsync("plugin", "check", "plugins/job")).ShouldExitWith(2).Error.ShouldContain(told);
    }

    [Fact]
    public async Task Taps_cannot_be_remote_and_secrets_are_not_sent_along()
    {
        _project.Write("plugins/tap/plugin.yaml", "name: tap\nversion: 1.0.0\nkind: tap\nprotocol: singer\nremote: { url: https://example.com, plugin: tap, token: \"${secret.t}\" }\n");
        (await _project.FlexCoreAsync("plugin", "check", "plugins/tap")).ShouldExitWith(2).Error.ShouldContain("a tap cannot be 'remote': only a task runs at another service");

        await using var service = new WebhookServer();
        (await RunAsync(service, input: "{ password: \"${secret.there}\" }")).ShouldExitWith(2).Error.ShouldContain("'${secret.there}' would be sent to http://127.0.0.1");
        service.Requests.ShouldBeEmpty();
    }

    private static string Json => "Content-Type: application/json\r\n";

    private static string Document(string status, string level, string step = ""","plugins":[]""") =>
        $$"""{"run_id":"{{Run}}","status":"{{status}}","isolation":{"level":"{{level}}"},"steps":[{"id":"run"{{step}}}]}""";

    /// <summary>A service that takes the wish, tells of the run so, then that nothing was said, and then of the run otherwise.</summary>
    private static WebhookServer Service(string first, string? then = null) => new(number => WebhookServer.Answer("200 OK", Json, number switch
    {
        1 => Accepted,
        2 => first,
        _ => then ?? NoLog,
    }));

    private async Task<CommandResult> RunAsync(WebhookServer service, string more = "", string input = "{}", string[]? arguments = null)
    {
        var url = new Uri(service.Url).GetLeftPart(UriPartial.Authority);
        _project.Write("plugins/job/plugin.yaml", $"name: job\nversion: 1.0.0\nkind: task\nprotocol: task\nremote: {{ url: \"{url}\", plugin: job, token: \"${{secret.there}}\" }}\n{more}")
            .Write("pipeline.yaml", $"name: p\ngrants: {{ job: {{ net: [\"{new Uri(url).Authority}\"], secrets: [there] }} }}\nsteps: [{{ id: job, task: {{ plugin: job, input: {input} }} }}]\n");
        (await _project.SetSecretAsync("there", Token)).ShouldExitWith(0);
        return await _project.RunAsync(arguments ?? []);
    }
}
