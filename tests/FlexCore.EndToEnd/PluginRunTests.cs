namespace FlexCore.EndToEnd;

/// <summary>Task plugins that a user runs one at a time.</summary>
public sealed class PluginRunTests
{
    private const string CountLines =
        """
        import json, os, sys
        file = json.load(sys.stdin)["input"]["file"]
        lines = sum(1 for _ in open(file))
        print("counted", file)
        json.dump({"lines": lines}, open(os.environ["FLEXCORE_OUTPUT"], "w"))
        """;

    private const string Asks = "capabilities: { read: [\"${input.file}\"] }\nconfig: schema.json\n";
    private const string Schema = """{"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}, "token": {"type": "string", "writeOnly": true}}, "additionalProperties": false}""";

    [Fact]
    public async Task Registered_task_runs_once_under_its_grants_and_its_output_is_printed()
    {
        using var project = await ProjectAsync();

        var refused = (await project.FlexCoreAsync("plugin", "run", "count-lines", "--input", """{"file": "people.jsonl"}""")).ShouldExitWith(2);
        refused.Error.ShouldContain("FX1030");
        refused.Error.ShouldContain("flexcore plugin grant count-lines");
        (await project.FlexCoreAsync("plugin", "grant", "count-lines", "--read", project.Folder)).ShouldExitWith(0);
        var result = (await project.FlexCoreAsync("plugin", "run", "count-lines", "--input", """{"file": "people.jsonl"}""")).ShouldExitWith(0);

        result.Json.GetProperty("lines").GetInt32().ShouldBe(3);
        result.Error.ShouldContain($"counted {project.PathOf("people.jsonl")}");
    }

    [Fact]
    public async Task Its_run_has_the_history_of_any_run()
    {
        using var project = await ProjectAsync();
        project.Write("input.json", """{"file": "people.jsonl"}""");

        var run = (await project.FlexCoreAsync("plugin", "run", "count-lines", "--config", "input.json", "--grant", "all", "--json")).ShouldExitWith(0).Json;

        (run.GetProperty("pipeline").GetString(), run.GetProperty("status").GetString(), run.GetProperty("output").GetProperty("lines").GetInt32()).ShouldBe(("plugin-count-lines", "succeeded", 3));
        run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe("sandbox");
        var id = run.GetProperty("run_id").GetString()!;
        (await project.FlexCoreAsync("runs", "show", id)).ShouldExitWith(0).Output.ShouldContain("run: succeeded");
        (await project.FlexCoreAsync("runs", "logs", id)).ShouldExitWith(0).Output.ShouldContain("counted");
        (await project.FlexCoreAsync("runs", "list", "--pipeline", "plugin-count-lines", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
        (await project.EventTypesAsync("--stream", $"run-{id}")).ShouldBe(["PipelineStarted", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
    }

    [Fact]
    public async Task Task_that_fails_fails_its_run_and_says_why()
    {
        using var project = await ProjectAsync();

        var result = (await project.FlexCoreAsync("plugin", "run", "count-lines", "--input", $$"""{"file": "{{project.Folder}}"}""", "--grant", "all")).ShouldExitWith(1);

        result.Output.ShouldBe("");
        result.Error.ShouldContain("error[FX2001]: step run: count-lines ended with exit code 1");
    }

    [Theory]
    [InlineData("nobody", "{}", "FX1020")]
    [InlineData("tap", "{}", "FX1021")]
    [InlineData("count-lines", "[]", "FX1001")]
    [InlineData("count-lines", "{", "FX1001")]
    [InlineData("count-lines", "{}", "FX1023")]
    [InlineData("count-lines", """{"file": "people.jsonl", "files": 1}""", "FX1023")]
    [InlineData("count-lines", """{"file": "people.jsonl", "token": "written out"}""", "FX1037")]
    [InlineData("count-lines", """{"file": "missing.jsonl"}""", "FX1032")]
    public async Task What_cannot_run_is_refused_and_nothing_starts(string plugin, string input, string code)
    {
        using var project = (await ProjectAsync()).Sync();

        (await project.FlexCoreAsync("plugin", "run", plugin, "--input", input, "--grant", "all")).ShouldExitWith(2).Error.ShouldContain($"error[{code}]");

        (await project.EventsAsync("--category", "run")).ShouldBeEmpty();
    }

    private static async Task<TestProject> ProjectAsync()
    {
        var project = new TestProject().Write("people.jsonl", "1\n2\n3\n").Plugin("count-lines", "task", CountLines, Asks).Write("plugins/count-lines/schema.json", Schema);
        Directory.Move(project.PathOf("plugins/count-lines"), project.PathOf("source"));
        (await project.FlexCoreAsync("plugin", "add", "./source")).ShouldExitWith(0);
        return project;
    }
}
