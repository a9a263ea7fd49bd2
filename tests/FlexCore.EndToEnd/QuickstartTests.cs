namespace FlexCore.EndToEnd;

/// <summary>What the README promises.</summary>
public sealed class QuickstartTests
{
    [Fact]
    public async Task First_run_moves_every_row_and_value_and_reports()
    {
        using var project = Quickstart();
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;
        run.GetProperty("status").GetString().ShouldBe("succeeded");
        var load = run.GetProperty("steps")[0];
        load.GetProperty("records").GetProperty("customers").GetInt64().ShouldBe(10_000);
        load.GetProperty("plugins").EnumerateArray().ShouldAllBe(plugin => plugin.GetProperty("isolation").GetString() == "sandbox");

        // The rows as Python's own csv module reads them are the judge.
        const string Compare =
            """
            import csv, json
            rows = list(csv.DictReader(open("data/customers.csv", newline="", encoding="utf-8")))
            records = [json.loads(line) for line in open("out/customers.jsonl", encoding="utf-8")]
            assert len(rows) == len(records), (len(rows), len(records))
            special = {"newline": 0, "comma": 0, "quote": 0, "null": 0, "empty": 0, "astral": 0}
            for row, record in zip(rows, records):
                for name, text in row.items():
                    value = record[name]
                    if text == "\\N": assert value is None, (row, record); special["null"] += 1
                    elif isinstance(value, bool): assert text == str(value).lower(), (name, text, value)
                    elif isinstance(value, str): assert value == text, (name, text, value)
                    else: assert float(text) == float(value), (name, text, value)
                    special["newline"] += "\n" in text; special["comma"] += "," in text; special["quote"] += '"' in text
                    special["empty"] += text == ""; special["astral"] += any(ord(c) > 0xffff for c in text)
            assert all(special.values()), special
            """;
        (await Command.RunAsync("/usr/bin/python3", ["-c", Compare], project.Folder)).ShouldExitWith(0);
    }

    [Fact]
    public async Task Second_run_goes_on_from_the_committed_state_and_finds_only_what_is_new()
    {
        using var project = Quickstart();
        (await project.RunAsync()).ShouldExitWith(0);
        Records(await project.RunAsync("--json")).ShouldBe(0);

        var header = File.ReadLines(project.PathOf("data/customers.csv")).First().Split(',').Length;
        var lastRow = (await Command.RunAsync("/usr/bin/tail", ["-n", "1", "data/customers.csv"], project.Folder)).Output;
        header.ShouldBeGreaterThan(3);
        await File.AppendAllTextAsync(project.PathOf("data/customers.csv"), lastRow, TestContext.Current.CancellationToken);
        Records(await project.RunAsync("--json")).ShouldBe(1);
        Records(await project.RunAsync("--json", "--full-refresh")).ShouldBe(10_001);
    }

    [Fact]
    public async Task Every_change_of_state_is_an_event_with_who_where_and_why()
    {
        using var project = Quickstart();
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.EventsOfLatestRunAsync()).ShouldBe(["PipelineStarted", "StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"]);

        var events = await project.EventsAsync();
        string[] expected = ["IsolationProbed", "PipelineCreated", "PluginCapabilityGranted", "PluginExecutionStarted", "PluginExecutionCompleted", "StateCommitted"];
        expected.ShouldBeSubsetOf(events.Select(item => item.GetProperty("type").GetString()));
        foreach (var metadata in events.Select(item => item.GetProperty("metadata")))
        {
            metadata.GetProperty("actor").GetString().ShouldNotBeNullOrEmpty();
            metadata.GetProperty("node").GetString().ShouldNotBeNullOrEmpty();
            metadata.GetProperty("correlation_id").GetGuid().ShouldNotBe(Guid.Empty);
            metadata.GetProperty("traceparent").GetString()!.ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$");
        }

        (await project.FlexCoreAsync("events", "show", "1")).ShouldExitWith(0).Json.GetProperty("position").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task New_project_runs_as_it_is_made()
    {
        using var place = new TestProject();
        (await place.FlexCoreAsync("init", "demo")).ShouldExitWith(0);
        (await place.FlexCoreAsync("validate", "demo/pipeline.yaml")).ShouldExitWith(0);
        (await place.FlexCoreAsync("run", "demo/pipeline.yaml")).ShouldExitWith(0);
        File.ReadAllLines(place.PathOf("demo/out/people.jsonl")).Length.ShouldBe(3);
        File.Exists(place.PathOf("demo/.gitignore")).ShouldBeTrue();

        var again = (await place.FlexCoreAsync("init", "demo")).ShouldExitWith(2);
        again.Error.ShouldContain("error[FX1060]");
    }

    [Fact]
    public async Task Committed_data_set_is_what_its_seeded_script_makes()
    {
        using var place = new TestProject();
        var folder = Path.Combine(Repository.Root, "samples/quickstart");
        (await Command.RunAsync("/usr/bin/python3", [Path.Combine(folder, "make_data.py")], place.Folder)).ShouldExitWith(0)
            .Output.ShouldBe(File.ReadAllText(Path.Combine(folder, "data/customers.csv")));
    }

    private static TestProject Quickstart()
    {
        var project = new TestProject();
        var source = Path.Combine(Repository.Root, "samples/quickstart");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (relative.StartsWith("out", StringComparison.Ordinal) || relative.StartsWith(".flexcore", StringComparison.Ordinal)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(project.PathOf(relative))!);
            File.Copy(file, project.PathOf(relative));
        }

        return project;
    }

    private static long Records(CommandResult run) =>
        run.ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("records").TryGetProperty("customers", out var count) ? count.GetInt64() : 0;
}
