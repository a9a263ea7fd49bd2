using System.Net;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>Steps whose plugin is that of another server.</summary>
public sealed class RemotePluginTests : IAsyncLifetime
{
    private const string AddUp =
        """
        import json, os, sys
        given = json.load(sys.stdin)["input"]
        print("adding up", len(given["numbers"]), *sys.argv[1:])
        open(os.path.join(os.environ["FLEXCORE_WORK"], "x"), "w").close()
        json.dump({"sum": sum(given["numbers"]), "note": given.get("note", "")}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    private readonly ServedProject _there = new(new TestProject()
        .Plugin("add-up", "task", AddUp)
        .Plugin("failing", "task", "import sys\nprint('no such table', file=sys.stderr)\nsys.exit(3)")
        .Plugin("waiting", "task", "import sys, time\nprint('asleep', flush=True)\ntime.sleep(600)")
        .Plugin("gated", "task", "import os, sys, json, time\nprint('at the gate', flush=True)\ngate = json.load(sys.stdin)['input']['gate']\nwhile not os.path.exists(os.path.join(gate, 'open')): time.sleep(0.02)\njson.dump({'passed': True}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))", "capabilities: { read: [\"${input.gate}\"] }\n")
        .Write("idle.yaml", "name: idle\nsteps: [{ id: a, noop: {} }]\n"));

    private readonly TestProject _here = new();

    public async ValueTask InitializeAsync()
    {
        await _there.InitializeAsync();
        await _there.GiveTokenAsync("here", "operator", "plugin-*");
        (await _here.SetSecretAsync("there", _there.TokenOf("here"))).ShouldExitWith(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _there.DisposeAsync();
        _here.Dispose();
    }

    [Fact]
    public async Task Step_runs_the_plugin_of_another_server_as_if_it_were_here()
    {
        Pipeline("add-up", "input: { numbers: [1, 2, \"${vars.n}\"], note: \"${steps.before.output.note}\" }, args: [--of, \"${vars.n}\"]", """
            vars: { n: 39 }
            """, before: """
              - { id: before, task: { plugin: noting } }
            """);
        _here.Plugin("noting", "task", "import json, os\njson.dump({'note': 'as ${secret.x} $${y} ${ $ {z}'}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))");

        var result = (await _here.RunAsync("--json")).ShouldExitWith(0).Json;

        var step = result.GetProperty("steps")[1];
        step.GetProperty("output").GetProperty("sum").GetInt32().ShouldBe(42);
        step.GetProperty("output").GetProperty("note").GetString().ShouldBe("as ${secret.x} $${y} ${ $ {z}", "what earlier steps leave is no reference there");
        step.GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe("sandbox");
        var said = (await _here.FlexCoreAsync("runs", "logs", "latest")).ShouldExitWith(0).Output;
        said.ShouldContain("adding up 3 --of 39");
        var there = (await _there.AskAsync(HttpMethod.Get, "/api/v1/runs/latest")).Json;
        said.ShouldContain($"runs at {_there.Client.BaseAddress} as run {there.GetProperty("run_id").GetString()}");
        there.GetProperty("pipeline").GetString().ShouldBe("plugin-add-up");
        (await _here.EventTypesAsync("--category", "execution", "--type", "SecretMounted")).Count.ShouldBe(1);
        await ShouldNotTellTheTokenAsync();
    }

    [Fact]
    public async Task What_is_needed_to_reach_it_has_to_be_granted()
    {
        Pipeline("add-up", "input: { numbers: [] }", grants: false);

        var refused = (await _here.RunAsync()).ShouldExitWith(2).Error;

        refused.ShouldContain("error[FX1030]");
        refused.ShouldContain(_there.Client.BaseAddress!.Authority);
        refused.ShouldContain("there");
        (await _there.Project.EventsAsync("--category", "run")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Failure_there_is_the_failure_of_the_step_with_its_code()
    {
        Pipeline("failing", "input: {}");

        var run = (await _here.RunAsync("--json")).ShouldExitWith(1).Json;

        var step = run.GetProperty("steps")[0];
        step.GetProperty("error").GetProperty("code").GetString().ShouldBe("FX2001");
        step.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("failing ended with exit code 3; its last line: no such table");
        step.GetProperty("plugins")[0].GetProperty("outcome").GetString().ShouldBe("exit-code");
        step.GetProperty("plugins")[0].GetProperty("exit_code").GetInt32().ShouldBe(3);
    }

    [Theory]
    [InlineData("nobody", "FX5013", "FX1020")]
    [InlineData("gated", "FX5013", "FX1030")]
    public async Task What_the_server_refuses_fails_the_step_with_what_it_says(string plugin, string code, string there)
    {
        Pipeline(plugin, $"input: {{ gate: {_there.Project.Folder} }}");

        var error = (await _here.RunAsync()).ShouldExitWith(1).Error;

        error.ShouldContain(code);
        error.ShouldContain(there);
        (await _there.Project.EventsAsync("--category", "run")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Token_that_is_not_taken_fails_the_step_at_once_and_is_told_to_nobody()
    {
        Pipeline("add-up", "input: { numbers: [] }");
        (await _here.SetSecretAsync("there", "flexcore_0123_a-token-that-is-wrong")).ShouldExitWith(0);

        var error = (await _here.RunAsync()).ShouldExitWith(1).Error;

        error.ShouldContain("FX5012");
        error.ShouldContain("FX6003");
        error.ShouldNotContain("a-token-that-is-wrong");
        (await _here.EventsAsync()).ShouldAllBe(item => !item.GetRawText().Contains("a-token-that-is-wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelling_here_cancels_there()
    {
        Pipeline("waiting", "input: {}");
        await using var run = _here.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => run.ErrorSoFar.Contains("asleep", StringComparison.Ordinal), "the plugin runs there, and what it says is told here");

        await run.SignalAsync("INT");

        (await run.EndAsync()).ShouldExitWith(130);
        (await LatestThereAsync()).GetProperty("status").GetString().ShouldBe("cancelled");
    }

    [Theory]
    [InlineData("", ", timeout: 2s", "FX2030")]
    [InlineData("limits: { time: 2s }\n", "", "FX2004")]
    public async Task Limits_of_time_hold_here_and_end_it_there(string limits, string more, string code)
    {
        Pipeline("waiting", "input: {}", limits: limits, step: more);

        (await _here.RunAsync()).ShouldExitWith(1).Error.ShouldContain(code);

        (await LatestThereAsync()).GetProperty("status").GetString().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Server_that_is_killed_and_started_again_in_the_middle_is_waited_for()
    {
        var gate = await GatedAsync();
        await using var run = _here.StartFlexCore("run", "pipeline.yaml", "--json");
        await Until.TrueAsync(async () => (await LatestThereAsync()) is { ValueKind: JsonValueKind.Object } there && there.GetProperty("status") is { ValueKind: JsonValueKind.String } status && status.GetString() == "running", "it runs there");

        await _there.KillAsync();
        await Until.TrueAsync(async () => (await _here.FlexCoreAsync("runs", "logs", "latest")).Output.Contains("it is asked again", StringComparison.Ordinal), "it was noticed here");
        await _there.StartAgainAsync();
        await File.WriteAllTextAsync(Path.Combine(gate, "open"), "", TestContext.Current.CancellationToken);

        (await run.EndAsync()).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("output").GetProperty("passed").GetBoolean().ShouldBeTrue();
        (await _there.Project.EventsAsync("--type", "PipelineQueued")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Answers_that_are_lost_on_the_way_make_it_run_once()
    {
        await using var proxy = new CuttingProxy(_there.Client.BaseAddress!.Port);
        Pipeline("add-up", "input: { numbers: [40, 2] }", url: $"http://127.0.0.1:{proxy.Port}");
        proxy.CutNextAnswer();

        (await _here.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("output").GetProperty("sum").GetInt32().ShouldBe(42);

        proxy.Cuts.ShouldBe(1);
        (await _there.Project.EventsAsync("--type", "PipelineQueued")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Node_here_that_is_killed_is_replaced_and_the_other_goes_on_with_what_runs_there()
    {
        var gate = await GatedAsync();
        (await _here.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);
        var id = (await _here.FlexCoreAsync("pipeline", "start", "p", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        await using (var node = _here.StartFlexCore("serve", "--name", "first"))
        {
            await Until.TrueAsync(async () => (await _here.FlexCoreAsync("runs", "logs", id)).Output.Contains("at the gate", StringComparison.Ordinal), "it runs there");
            await node.SignalAsync("KILL");
        }

        await using var other = _here.StartFlexCore("serve", "--name", "second");
        await Until.TrueAsync(async () => (await _here.EventTypesAsync("--stream", $"run-{id}")).Count(type => type == "StepStarted") == 2, "the other one goes on");
        await File.WriteAllTextAsync(Path.Combine(gate, "open"), "", TestContext.Current.CancellationToken);
        await Until.TrueAsync(async () => (await _here.FlexCoreAsync("runs", "show", id, "--json")).Json.GetProperty("status").GetString() == "succeeded", "it has succeeded");

        (await _there.Project.EventsAsync("--type", "PipelineQueued")).Count.ShouldBe(1, "it ran once");
        await other.SignalAsync("TERM");
        (await other.EndAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Plugin_that_is_remote_itself_is_not_run_for_others()
    {
        _there.Project.Write("plugins/circle/plugin.yaml", Manifest("circle", "circle", "http://127.0.0.1:1"));
        (await _there.Project.SetSecretAsync("there", "long-enough")).ShouldExitWith(0);
        (await _there.Project.FlexCoreAsync("plugin", "add", "plugins/circle")).ShouldExitWith(0);
        Directory.Delete(_there.Project.PathOf("plugins/circle"), recursive: true);
        (await _there.Project.FlexCoreAsync("plugin", "grant", "circle", "--all")).ShouldExitWith(0);

        var refused = (await _there.AskAsync(HttpMethod.Post, "/api/v1/plugins/circle/execute")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1021");

        refused.Text.ShouldContain("Ask that service");
    }

    /// <summary>A pipeline whose step waits there for a file.</summary>
    private async Task<string> GatedAsync()
    {
        var gate = Directory.CreateDirectory(_there.Project.PathOf("gate")).FullName;
        (await _there.Project.FlexCoreAsync("plugin", "add", "plugins/gated")).ShouldExitWith(0);
        Directory.Delete(_there.Project.PathOf("plugins/gated"), recursive: true);
        (await _there.Project.FlexCoreAsync("plugin", "grant", "gated", "--read", gate)).ShouldExitWith(0);
        Pipeline("gated", $"input: {{ gate: {gate} }}");
        return gate;
    }

    private void Pipeline(string plugin, string task, string head = "", string before = "", string limits = "", string step = "", string? url = null, bool grants = true)
    {
        var address = url ?? _there.Client.BaseAddress!.ToString();
        _here.Write($"plugins/{plugin}/plugin.yaml", Manifest(plugin, plugin, address) + limits).Write(
            "pipeline.yaml",
            $$"""
            name: p
            {{head}}
            {{(grants ? $"grants: {{ {plugin}: {{ net: [\"{new Uri(address).Authority}\"], secrets: [there] }} }}" : "")}}
            steps:
            {{before}}
              - { id: job, needs: [{{(before.Length > 0 ? "before" : "")}}], task: { plugin: {{plugin}}, {{task}} }{{step}} }
            """);
    }

    private static string Manifest(string name, string plugin, string url) =>
        $$"""
        name: {{name}}
        version: 1.0.0
        kind: task
        protocol: task
        remote: { url: "{{url}}", plugin: {{plugin}}, token: "${secret.there}" }

        """;

    private async Task<JsonElement> LatestThereAsync() => (await _there.AskAsync(HttpMethod.Get, "/api/v1/runs/latest")).Json;

    /// <summary>Neither in the events, nor in a log, nor in any other file of the project.</summary>
    private async Task ShouldNotTellTheTokenAsync()
    {
        var secret = _there.TokenOf("here")["flexcore_".Length..].Split('_', 2)[1];
        (await _here.EventsAsync()).ShouldAllBe(item => !item.GetRawText().Contains(secret, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(_here.PathOf(".flexcore"), "*", SearchOption.AllDirectories))
            System.Text.Encoding.Latin1.GetString(await AccessTests.ReadSharedAsync(file)).ShouldNotContain(secret, customMessage: file);
    }
}
