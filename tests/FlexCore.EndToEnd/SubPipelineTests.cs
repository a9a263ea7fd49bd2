namespace FlexCore.EndToEnd;

/// <summary>Pipelines that run other pipelines, as a user has them.</summary>
public sealed class SubPipelineTests
{
    private const string Count = "import json, os, sys\ninput = json.load(sys.stdin)['input']\njson.dump({'rows': input['rows']}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))";

    [Fact]
    public async Task Pipeline_runs_another_one_with_variables_and_uses_what_it_has_left()
    {
        using var project = Project();
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);

        var result = (await project.FlexCoreAsync("run", "top.yaml")).ShouldExitWith(0);

        result.Error.ShouldContain("region-eu/count: succeeded");
        result.Error.ShouldContain("many: skipped, not true: steps.region-eu.output.steps.count.rows > 10, where steps.region-eu.output.steps.count.rows is 7");
        var runs = (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json;
        var top = runs.EnumerateArray().Single(run => run.GetProperty("pipeline").GetString() == "top").GetProperty("run_id").GetString()!;
        var regions = runs.EnumerateArray().Where(run => run.GetProperty("pipeline").GetString() == "region").ToList();
        regions.Count.ShouldBe(2);
        var shown = (await project.FlexCoreAsync("runs", "show", top)).ShouldExitWith(0).Output;
        foreach (var region in regions) shown.ShouldContain($", run {region.GetProperty("run_id").GetString()}");
        (await project.FlexCoreAsync("runs", "show", regions[0].GetProperty("run_id").GetString()!)).ShouldExitWith(0).Output.ShouldContain($"by step {top}/region-");
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Circle_unknown_pipeline_and_unknown_variable_are_told_before_anything_is_recorded()
    {
        using var project = new TestProject()
            .Write("a.yaml", "name: a\nsteps:\n  - id: b\n    pipeline: { name: b }\n")
            .Write("b.yaml", "name: b\nsteps:\n  - id: a\n    pipeline: { name: a }\n  - id: c\n    pipeline: { name: c }\n")
            .Write("pipeline.yaml", "name: p\nsteps:\n  - id: c\n    pipeline: { name: c, vars: { region: eu } }\n");

        var applied = (await project.FlexCoreAsync("pipeline", "apply", "-f", "a.yaml", "-f", "b.yaml")).ShouldExitWith(2);
        applied.Error.ShouldContain("FX1029");
        applied.Error.ShouldContain("a.yaml:4:23: pipelines run each other in a circle: a → b → a");
        applied.Error.ShouldContain("b.yaml:6:23: step c runs the pipeline c, which is not on record");
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error.ShouldContain("pipeline.yaml:4:23: step c runs the pipeline c, which is not on record");

        project.Write("c.yaml", "name: c\nvars: { day: monday }\nsteps:\n  - { id: only, noop: {} }\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", "c.yaml")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("pipeline c has no variable 'region'; vars: day");
    }

    [Fact]
    public async Task Node_with_one_slot_that_is_killed_in_the_middle_is_replaced_and_each_pipeline_has_run_once()
    {
        using var project = Project();
        project.Plugin("count", "task", "import json, os, sys, time\nplace = json.load(sys.stdin)['input']\nwhile not os.path.exists(os.path.join(place['path'], 'go')): time.sleep(0.02)\njson.dump({'rows': place['rows']}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))", "capabilities: { read: [\"${input.path}\"] }");
        Directory.CreateDirectory(project.PathOf("place"));
        project.Write("region.yaml", File.ReadAllText(project.PathOf("region.yaml")).Replace("input: { rows", "input: { path: ./place, rows", StringComparison.Ordinal) + "grants: { count: { read: [./place] } }\n");
        (await project.FlexCoreAsync("pipeline", "apply", "-f", ".")).ShouldExitWith(0);
        var top = (await project.FlexCoreAsync("pipeline", "start", "top", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        await using (var node = project.StartFlexCore("serve", "--slots", "1"))
        {
            await Until.TrueAsync(async () => (await project.EventsAsync("--type", "PluginExecutionStarted")).Count > 0, "the task of the inner pipeline has begun");
            await node.SignalAsync("KILL");
        }

        project.Write("place/go", "");
        await using var second = project.StartFlexCore("serve", "--slots", "1");
        await Until.TrueAsync(async () => (await project.FlexCoreAsync("runs", "show", top, "--json")).ShouldExitWith(0).Json.GetProperty("status").GetString() is not ("queued" or "running"), "the run has ended");

        (await project.FlexCoreAsync("runs", "show", top, "--json")).Json.GetProperty("status").GetString().ShouldBe("succeeded");
        var runs = (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray().Select(run => (run.GetProperty("pipeline").GetString(), run.GetProperty("status").GetString())).Order().ToList();
        runs.ShouldBe([("region", "succeeded"), ("region", "succeeded"), ("top", "succeeded")]);
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
    }

    private static TestProject Project() => new TestProject()
        .Plugin("count", "task", Count)
        .Write(
            "region.yaml",
            """
            name: region
            vars: { region: none, rows: 0 }
            steps:
              - id: count
                task: { plugin: count, input: { rows: "${vars.rows}" } }

            """)
        .Write(
            "top.yaml",
            """
            name: top
            steps:
              - id: region
                matrix: { name: [eu, us] }
                pipeline: { name: region, vars: { region: "${matrix.name}", rows: 7 } }
              - id: many
                needs: [region]
                when: steps.region-eu.output.steps.count.rows > 10
                noop: {}
            """);
}
