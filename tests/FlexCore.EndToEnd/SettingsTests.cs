using System.Net;
using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Settings of a project: which hold and why, and what a node does when they change while it works.</summary>
public sealed class SettingsTests
{
    private const string Pipeline =
        """
        name: p
        vars: { region: none }
        triggers: [{ webhook: { secret: hook } }, { file: ./inbox/*.csv }]
        steps: [{ id: a, when: vars.region = 'us', noop: {} }, { id: b, when: always, noop: {} }]
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Doctor_names_every_setting_with_its_value_and_where_that_was_said()
    {
        using var project = new TestProject().Write("flexcore.yaml", "queue: { cap: 7 }\nlimits: { files: 20 }\nenvironments: { prod: { queue: { cap: 8 } } }\n");
        project.Variables["FLEXCORE__LIMITS__FILES"] = "30";

        var settings = (await project.FlexCoreAsync("doctor", "--env", "prod", "--json")).Json.GetProperty("settings").EnumerateArray().ToDictionary(setting => setting.GetProperty("key").GetString()!);

        Tell(settings["queue.cap"]).ShouldBe(("8", project.PathOf("flexcore.yaml:3:34")));
        Tell(settings["limits.files"]).ShouldBe(("30", "FLEXCORE__LIMITS__FILES"));
        settings["limits.files"].GetProperty("overridden").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe(project.PathOf("flexcore.yaml:2:11"));
        Tell(settings["store.kind"]).ShouldBe(("sqlite", null));
        (await project.FlexCoreAsync("doctor")).Output.ShouldMatch($"queue.cap +7 +{project.PathOf("flexcore.yaml")}:1:10\n");
    }

    [Fact]
    public async Task Node_goes_on_with_settings_that_change_and_says_what_waits_for_its_next_start()
    {
        using var project = new TestProject().Write("pipeline.yaml", Pipeline).Write("flexcore.yaml", "vars: { region: eu }\n");
        (await project.FlexCoreFedAsync("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secrets", "set", "hook")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        await using var node = project.StartFlexCore("serve", "--http", "127.0.0.1:0");
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("/hooks/PIPELINE", StringComparison.Ordinal), "the node listens");
        (await RunsStepAAsync(project)).ShouldBeFalse();

        project.Write("flexcore.yaml", "vars: { region: us }\nstore: { schema: other }\n");
        await ToldAsync(node, "what is new in vars.region holds from now on");
        await ToldAsync(node, "what is new in store.schema holds when the node is started again");
        (await RunsStepAAsync(project)).ShouldBeTrue();

        project.Write("flexcore.yaml", "vars: { region: eu }\nqueue: { cap: lots }\n");
        await ToldAsync(node, "is not taken over, and what held goes on: error[FX1012]: ");
        project.Write("flexcore.yaml", "vars: { region: eu }\n");
        await Until.TrueAsync(() => node.ErrorSoFar.Split("what is new in vars.region holds from now on").Length == 3, "the node goes on with what is right again");
    }

    [Fact]
    public async Task What_is_turned_off_waits_until_it_is_turned_on()
    {
        using var project = new TestProject().Write("pipeline.yaml", Pipeline).Write("flexcore.yaml", "features: { webhooks: false, triggers: false }\n").Write("inbox/.keep", "");
        (await project.FlexCoreFedAsync("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secrets", "set", "hook")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        (await project.FlexCoreAsync("pipeline", "activate", "p")).ShouldExitWith(0);
        project.Write("inbox/one.csv", "id\n1\n");
        await using var node = project.StartFlexCore("serve", "--http", "127.0.0.1:0");
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("/hooks/PIPELINE", StringComparison.Ordinal), "the node listens");
        using var client = new HttpClient { BaseAddress = new Uri(node.ErrorSoFar.Split("webhooks at ")[1].Split("/hooks/")[0]) };

        using var answer = await client.PostAsync(new Uri("/hooks/p", UriKind.Relative), new StringContent("{}"), Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        (await answer.Content.ReadAsStringAsync(Token)).ShouldContain("FX4005");
        (await RunsAsync(project)).ShouldBe(0);
        project.Write("flexcore.yaml", "");
        await ToldAsync(node, "features.triggers holds from now on");
        await Until.TrueAsync(async () => await RunsAsync(project) == 1, "the file that had waited has its run");
        using var again = await client.PostAsync(new Uri("/hooks/p", UriKind.Relative), new StringContent("{}"), Token);
        again.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Console_that_is_turned_off_is_not_there_until_it_is_turned_on()
    {
        using var project = new TestProject().Write("flexcore.yaml", "features: { console: false }\n");
        await using var node = project.StartFlexCore("serve", "--http", "127.0.0.1:0");
        await Until.TrueAsync(() => node.ErrorSoFar.Contains("/hooks/PIPELINE", StringComparison.Ordinal), "the node listens");
        using var client = new HttpClient { BaseAddress = new Uri(node.ErrorSoFar.Split("webhooks at ")[1].Split("/hooks/")[0]) };
        foreach (var path in new[] { "/", "/login", "/runs" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
            using var answer = await client.SendAsync(request, Token);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }

        (await client.GetAsync(new Uri("/health/live", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        project.Write("flexcore.yaml", "");
        await ToldAsync(node, "features.console holds from now on");
        (await client.GetAsync(new Uri("/login", UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Node_takes_its_settings_from_the_file_that_it_is_told_and_options_win()
    {
        using var project = new TestProject().Write("config/live.yaml", "http: 127.0.0.1:0\ngrpc: 127.0.0.1:0\n");
        project.Variables.Remove("FLEXCORE__HTTP");
        project.Variables.Remove("FLEXCORE__GRPC");
        await using var node = project.StartFlexCore("serve", "--config", "config/live.yaml", "--grpc", "off");

        await ToldAsync(node, "REST at http://127.0.0.1:");

        node.ErrorSoFar.ShouldNotContain("gRPC at");
        Directory.Exists(project.PathOf("config/.flexcore")).ShouldBeTrue();
        (await project.FlexCoreAsync("serve", "--config", "missing.yaml")).ShouldExitWith(2).Error.ShouldContain($"there is no file {project.PathOf("missing.yaml")}");
    }

    private static (string? Value, string? Source) Tell(JsonElement setting) => (setting.GetProperty("value").GetString(), setting.GetProperty("source").GetString());

    private static Task ToldAsync(Command node, string what) => Until.TrueAsync(() => node.ErrorSoFar.Contains(what, StringComparison.Ordinal), $"the node says '{what}': {node.ErrorSoFar}");

    private static async Task<int> RunsAsync(TestProject project) => (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength();

    private static async Task<bool> RunsStepAAsync(TestProject project)
    {
        var run = (await project.FlexCoreAsync("pipeline", "start", "p", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        JsonElement shown = default;
        await Until.TrueAsync(async () => (shown = (await project.FlexCoreAsync("runs", "show", run, "--json")).Json).GetProperty("status").GetString() == "succeeded", "the run has ended");
        return shown.GetProperty("steps")[0].GetProperty("status").GetString() == "succeeded";
    }
}
