namespace FlexCore.EndToEnd;

/// <summary>Schemas that change from one run to the next.</summary>
public sealed class SchemaDriftTests
{
    private const string Ids = """{"properties": {"id": {"type": "integer"}}}""";
    private const string Texts = """{"properties": {"id": {"type": "string"}}}""";
    private const string More = """{"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}""";

    [Fact]
    public async Task Change_is_on_record_with_what_has_changed_and_the_run_warns_of_it_once()
    {
        using var project = Project("");
        await RunAsync(project, Ids, 0);
        (await RunAsync(project, Ids, 0)).ShouldNotContain("has changed");

        (await RunAsync(project, More, 0)).ShouldContain("stream s: the schema has changed: name added (string)");
        (await RunAsync(project, More, 0)).ShouldNotContain("has changed");

        var recorded = await project.EventsAsync("--stream", "schema-p.load");
        recorded.Count.ShouldBe(2);
        recorded[0].GetProperty("data").GetProperty("changes").GetArrayLength().ShouldBe(0);
        var change = recorded[1].GetProperty("data").GetProperty("changes").EnumerateArray().ShouldHaveSingleItem();
        (change.GetProperty("kind").GetString(), change.GetProperty("field").GetString()).ShouldBe(("added", "name"));
        recorded[1].GetProperty("data").GetProperty("schema").GetProperty("fields").GetProperty("name").GetString().ShouldBe("string");
    }

    [Fact]
    public async Task Change_that_is_forbidden_ends_the_step_before_its_records_reach_the_target_until_it_is_accepted()
    {
        using var project = Project("drift: { added: allow, narrowed: fail }");
        await RunAsync(project, Ids, 0);
        (await RunAsync(project, More, 0)).ShouldNotContain("has changed");
        var received = project.Received;

        for (var attempt = 0; attempt < 2; attempt++)
            (await RunAsync(project, Texts, 1)).ShouldContain("tap, stream s, line 1: the schema has changed: id narrowed or changed from integer to string");
        project.Received.ShouldBe(received);
        (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("steps")[0].GetProperty("error").GetProperty("code").GetString().ShouldBe("FX2023");

        Policy(project, "drift: warn");
        await RunAsync(project, Texts, 0);
        Policy(project, "drift: fail");
        await RunAsync(project, Texts, 0);
    }

    [Fact]
    public async Task Schema_is_seen_as_it_comes_from_the_tap_behind_maps_and_neither_dry_runs_nor_masks_change_that()
    {
        using var project = Project("drift: fail\n      through: [{ map: { stream: s, cast: { id: string } } }]");
        await RunAsync(project, Ids, 0);
        (await RunAsync(project, Texts, 1, "--dry-run")).ShouldContain("from integer to string");
        await RunAsync(project, Ids, 0);
        (await project.EventsAsync("--stream", "schema-p.load")).Count.ShouldBe(1);
    }

    private static TestProject Project(string drift)
    {
        var project = new TestProject().Sync(
            """
            schema = open(__import__("json").load(open(__import__("sys").argv[2]))["schema"]).read().strip()
            print('{"type": "SCHEMA", "stream": "s", "schema": %s, "key_properties": ["id"]}' % schema)
            print('{"type": "RECORD", "stream": "s", "record": {"id": 1}}')
            """,
            tapMore: "capabilities: { read: [\"${config.schema}\"] }");
        Policy(project, drift);
        return project;
    }

    private static void Policy(TestProject project, string drift) => project.Write(
        "pipeline.yaml",
        $$"""
        name: p
        grants: { tap: { read: [./schema.json] }, target: { write: [./out] } }
        steps:
          - id: load
            sync:
              from: { plugin: tap, config: { schema: ./schema.json } }
              to: { plugin: target, config: { path: ./out } }
              {{drift}}
        """);

    private static async Task<string> RunAsync(TestProject project, string schema, int code, params string[] arguments)
    {
        var result = (await project.Write("schema.json", schema).RunAsync(arguments)).ShouldExitWith(code);
        return result.Output + result.Error;
    }
}
