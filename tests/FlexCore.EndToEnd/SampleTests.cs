namespace FlexCore.EndToEnd;

/// <summary>The samples beside the quickstart, each in a copy of its folder.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Mapper_in_jq_reshapes_orders_and_passes_on_all_else()
    {
        using var project = await CopyAsync("jq-mapper");

        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;

        (await File.ReadAllLinesAsync(project.PathOf("out/orders.jsonl"), TestContext.Current.CancellationToken)).ShouldBe(
        [
            """{"type":"SCHEMA","stream":"orders","schema":{"type":"object","properties":{"id":{"type":"integer"},"total":{"type":"number"}}},"key_properties":["id"]}""",
            """{"type":"RECORD","stream":"orders","record":{"id":1,"total":11}}""",
            """{"type":"RECORD","stream":"orders","record":{"id":2,"total":0}}""",
        ]);
        (await File.ReadAllTextAsync(project.PathOf("out/customers.jsonl"), TestContext.Current.CancellationToken)).ShouldBe("""{"type":"RECORD","stream":"customers","record":{"id":7}}""" + "\n");
        var step = run.GetProperty("steps")[0];
        step.GetProperty("state").GetProperty("orders").GetInt32().ShouldBe(2);
        step.GetProperty("plugins").EnumerateArray().ShouldAllBe(plugin => plugin.GetProperty("isolation").GetString() == "sandbox");
    }

    [Fact]
    public async Task Report_by_sqlite3_is_made_in_the_sandbox_of_what_a_step_inside_the_runtime_has_stored()
    {
        using var project = await CopyAsync("sqlite-report");

        (await project.RunAsync()).ShouldExitWith(0);

        (await File.ReadAllLinesAsync(project.PathOf("out/regions.jsonl"), TestContext.Current.CancellationToken)).ShouldBe(
            ["""{"region":"us","orders":1,"total":99.0}""", """{"region":"asia, pacific","orders":1,"total":40.0}""", """{"region":"eu","orders":1,"total":12.5}"""]);
    }

    private static async Task<TestProject> CopyAsync(string sample)
    {
        var project = new TestProject();
        (await Command.RunAsync("/bin/cp", ["-r", $"{Repository.PathOf("samples", sample)}/.", project.Folder], "/")).ShouldExitWith(0);
        if (Directory.Exists(project.PathOf("out"))) Directory.Delete(project.PathOf("out"), recursive: true);
        if (Directory.Exists(project.PathOf(".flexcore"))) Directory.Delete(project.PathOf(".flexcore"), recursive: true);
        return project;
    }
}
