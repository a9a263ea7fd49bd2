using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Pipelines of several steps, as a user runs them.</summary>
public sealed class GraphTests
{
    // Fails until its third attempt.
    private const string Stubborn = """
        import json, sys
        attempt = json.load(sys.stdin)["attempt"]
        print("attempt", attempt)
        sys.exit(0 if attempt == 3 else 7)
        """;

    // Says when it is there, and ends when the other one is: alone it never does.
    private const string Meets = """
        import json, os, sys, time
        place = json.load(sys.stdin)["input"]
        open(os.path.join(place["path"], place["me"]), "w").close()
        for n in range(500): print(place["me"], "says", n)
        while not os.path.exists(os.path.join(place["path"], place["other"])): time.sleep(0.01)
        """;

    private const string Replaces = """
        import json, os, sys
        place = json.load(sys.stdin)["input"]["path"]
        with open(place + "/new", "w") as new: new.write("new")
        os.replace(place + "/new", place + "/data")
        """;

    [Fact]
    public async Task Steps_that_do_not_need_each_other_run_at_once_and_each_line_of_their_logs_is_whole()
    {
        using var project = new TestProject().Plugin("meets", "task", Meets, "capabilities: { write: [\"${input.path}\"] }").Write(
            "pipeline.yaml",
            """
            name: p
            grants: { meets: { write: [./place] } }
            steps:
              - id: one
                timeout: 60s
                task: { plugin: meets, input: { path: ./place, me: one, other: two } }
              - id: two
                timeout: 60s
                task: { plugin: meets, input: { path: ./place, me: two, other: one } }
            """);

        var run = (await project.RunAsync("--json")).ShouldExitWith(0);

        var id = JsonDocument.Parse(run.Output).RootElement.GetProperty("run_id").GetString()!;
        var logs = (await project.FlexCoreAsync("runs", "logs", id)).ShouldExitWith(0).Output;
        foreach (var step in (string[])["one", "two"])
            for (var n = 0; n < 500; n++) logs.ShouldContain($"{step} says {n}\n");
    }

    // The sandbox of the second is set up while the first one runs.
    [Fact]
    public async Task Step_sees_the_file_that_the_step_before_it_has_put_in_place_of_another()
    {
        using var project = new TestProject()
            .Plugin("replace", "task", Replaces, "capabilities: { write: [\"${input.path}\"] }")
            .Plugin("show", "task", "import json, sys; print('it says', open(json.load(sys.stdin)['input']['path']).read())", "capabilities: { read: [\"${input.path}\"] }")
            .Write("place/data", "old")
            .Write(
                "pipeline.yaml",
                """
                name: p
                grants: { replace: { write: [./place] }, show: { read: [./place/data] } }
                steps:
                  - id: one
                    task: { plugin: replace, input: { path: ./place } }
                  - id: two
                    needs: [one]
                    task: { plugin: show, input: { path: ./place/data } }
                """);

        var run = (await project.RunAsync("--json")).ShouldExitWith(0);

        var id = JsonDocument.Parse(run.Output).RootElement.GetProperty("run_id").GetString()!;
        (await project.FlexCoreAsync("runs", "logs", id)).ShouldExitWith(0).Output.ShouldContain("it says new");
    }

    [Fact]
    public async Task Step_that_fails_is_tried_again_and_the_run_tells_of_it()
    {
        using var project = new TestProject().Plugin("stubborn", "task", Stubborn).Write(
            "pipeline.yaml",
            """
            name: p
            steps:
              - id: job
                retry: { attempts: 3, initial: 10ms }
                task: { plugin: stubborn }
              - id: tell
                needs: [job]
                when: failure
                noop: {}
              - id: after
                needs: [job]
                noop: {}
            """);

        var run = (await project.RunAsync()).ShouldExitWith(0);

        run.Error.ShouldContain("attempt 2 of 3 in");
        run.Error.ShouldContain("attempt 3 of 3 in");
        run.Error.ShouldContain("tell: skipped, nothing that it needs has failed");
        run.Error.ShouldContain("after: succeeded");
    }

    [Fact]
    public async Task Step_that_takes_too_long_is_ended_and_what_runs_after_a_failure_runs()
    {
        using var project = new TestProject().Plugin("sleeper", "task", "import time\ntime.sleep(600)", "limits: { grace: 100ms }").Write(
            "pipeline.yaml",
            """
            name: p
            steps:
              - id: job
                timeout: 300ms
                task: { plugin: sleeper }
              - id: tell
                needs: [job]
                when: failure
                noop: {}
            """);

        var run = (await project.RunAsync()).ShouldExitWith(1);

        run.Error.ShouldContain("FX2030");
        run.Error.ShouldContain("tell: succeeded");
    }

    [Fact]
    public async Task Later_step_gets_what_an_earlier_one_has_left()
    {
        using var project = new TestProject()
            .Plugin("count", "task", "import json, os\njson.dump({'rows': 5, 'day': {'name': 'monday'}}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))")
            .Plugin("tell", "task", "import json, sys\nprint('told', json.load(sys.stdin)['input'])")
            .Write(
                "pipeline.yaml",
                """
                name: p
                steps:
                  - id: count
                    task: { plugin: count }
                  - id: tell
                    needs: [count]
                    task: { plugin: tell, input: { rows: "${steps.count.output.rows}", text: "on ${steps.count.output.day.name}" } }
                """);

        var run = (await project.RunAsync()).ShouldExitWith(0);

        run.Error.ShouldContain("told {'rows': 5, 'text': 'on monday'}");
    }

    [Fact]
    public async Task Step_runs_only_when_its_condition_is_true_and_the_run_tells_why_it_did_not()
    {
        using var project = new TestProject()
            .Plugin("count", "task", "import json, os\njson.dump({'rows': 5}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))")
            .Write(
                "pipeline.yaml",
                """
                name: p
                vars: { least: 1 }
                steps:
                  - id: count
                    task: { plugin: count }
                  - id: load
                    needs: [count]
                    when: steps.count.output.rows >= vars.least
                    noop: {}
                  - id: complain
                    needs: [count]
                    when: "steps.count.status = 'failed' or steps.count.output.rows < vars.least"
                    noop: {}
                """);

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("complain: skipped, not true: steps.count.status = 'failed' or steps.count.output.rows < vars.least, where vars.least is 1, steps.count.status is 'succeeded', steps.count.output.rows is 5");
        (await project.RunAsync("--set", "least=6")).ShouldExitWith(0).Error.ShouldContain("complain: succeeded");

        var shown = (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0).Output;
        shown.ShouldContain("not true: steps.count.output.rows >= vars.least, where vars.least is 6, steps.count.output.rows is 5");
        (await project.FlexCoreAsync("pipeline", "show", "p")).ShouldExitWith(0).Output.ShouldContain("load      noop  after count  if steps.count.output.rows >= vars.least\n");
    }

    [Fact]
    public async Task Pipeline_shows_its_versions_and_its_graph_as_text_and_for_mermaid()
    {
        const string Steps =
            """
            steps:
              - id: load
                sync: { from: { plugin: tap }, to: { plugin: target, config: { path: ./out } } }
              - id: after
                needs: [load]
                noop: {}
              - id: tell
                needs: [load, after]
                when: failure
                noop: {}
            grants: { target: { write: [./out] } }
            """;
        using var project = new TestProject().Sync().Write("pipeline.yaml", $"name: p\n{Steps}");
        (await project.RunAsync()).ShouldExitWith(0);
        project.Write("pipeline.yaml", $"name: p\ndescription: Another\n{Steps}");
        (await project.RunAsync()).ShouldExitWith(0);

        var shown = (await project.FlexCoreAsync("pipeline", "show", "p")).ShouldExitWith(0).Output;
        shown.ShouldContain("version 1: ");
        shown.ShouldContain("version 2: ");
        shown.ShouldEndWith("load   tap → target\nafter  noop  after load\ntell   noop  after a failure of load, after\n");
        (await project.FlexCoreAsync("pipeline", "show", "p", "--graph", "mermaid")).ShouldExitWith(0).Output.ShouldBe(
            """
            flowchart LR
              load["load<br/>tap → target"]
              after["after<br/>noop"]
              tell["tell<br/>noop"]
              load --> after
              load -. failure .-> tell
              after -. failure .-> tell

            """);
        var json = JsonDocument.Parse((await project.FlexCoreAsync("pipeline", "show", "p", "--json")).ShouldExitWith(0).Output).RootElement;
        (json.GetProperty("version").GetInt32(), json.GetProperty("versions").GetArrayLength()).ShouldBe((2, 2));
        json.GetProperty("definition").GetProperty("description").GetString().ShouldBe("Another");
        (await project.FlexCoreAsync("pipeline", "show", "nobody")).ShouldExitWith(2).Error.ShouldContain("FX1050");
    }
}
