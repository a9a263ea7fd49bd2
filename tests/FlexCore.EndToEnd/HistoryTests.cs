using System.Text.Json;
using FlexCore.EventStore;

namespace FlexCore.EndToEnd;

/// <summary>The log as a file, and event streams as they once were.</summary>
public sealed class HistoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_is_exported_and_goes_on_in_another_project_from_its_state()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "export", "log.jsonl")).ShouldExitWith(0).Error.ShouldContain("events exported");
        var log = await File.ReadAllTextAsync(project.PathOf("log.jsonl"), Token);
        (await project.FlexCoreAsync("events", "export")).ShouldExitWith(0).Output.ShouldBe(log);
        (await project.FlexCoreAsync("events", "export", "log.jsonl")).ShouldExitWith(2).Error.ShouldContain("error[FX1060]");
        File.GetUnixFileMode(project.PathOf("log.jsonl")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using var other = new TestProject().Sync().Write("log.jsonl", log);
        (await other.FlexCoreAsync("events", "import", "log.jsonl", "--json")).ShouldExitWith(0).Json.GetProperty("imported").GetInt32().ShouldBe(log.Count(c => c == '\n'));
        (await other.FlexCoreAsync("events", "import", "log.jsonl")).ShouldExitWith(0).Output.ShouldContain("0 events imported");
        (await other.FlexCoreAsync("events", "export", "-")).Output.ShouldBe(log);
        (await other.FlexCoreAsync("state", "get", "p")).ShouldExitWith(0).Json.GetProperty("load").GetProperty("last").GetInt32().ShouldBe(3);

        other.Write("garbage.jsonl", log[..(log.IndexOf('\n', StringComparison.Ordinal) + 1)] + "garbage\n");
        (await other.FlexCoreAsync("events", "import", "garbage.jsonl")).ShouldExitWith(2).Error.ShouldContain("error[FX1006]: Line 2 of the file of events cannot be read");
        (await other.FlexCoreAsync("events", "import", "nothing.jsonl")).ShouldExitWith(2).Error.ShouldContain("error[FX1002]");
        (await project.RunAsync()).ShouldExitWith(0);
        (await other.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "export", "longer.jsonl")).ShouldExitWith(0);
        (await other.FlexCoreAsync("events", "import", project.PathOf("longer.jsonl"))).ShouldExitWith(3).Error.ShouldContain("error[FX3008]");
    }

    [Fact]
    public async Task Run_bookmark_and_definition_are_shown_as_they_were()
    {
        const string Tap =
            """
            print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": []}')
            print('{"type": "STATE", "value": {"last": 1}}')
            """;
        using var project = new TestProject().Sync(Tap);
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString();
        project.Sync(Tap.Replace("\"last\": 1", "\"last\": 2", StringComparison.Ordinal));
        await File.AppendAllTextAsync(project.PipelineFile, "\ndescription: changed\n", Token);
        (await project.RunAsync()).ShouldExitWith(0);

        (await ReplayAsync(project, $"run-{run}")).GetProperty("run").GetProperty("status").GetString().ShouldBe("succeeded");
        var early = (await ReplayAsync(project, $"run-{run}", "--to-version", "2")).GetProperty("run");
        (early.GetProperty("status").GetString(), early.GetProperty("steps")[0].GetProperty("status").GetString()).ShouldBe(("running", "running"));
        (await project.FlexCoreAsync("events", "replay", "--stream", $"run-{run}", "--to-version", "2")).ShouldExitWith(0).Output.ShouldContain("load: running");

        var states = await project.EventsAsync("--stream", "state-p.load");
        states.Count.ShouldBe(2);
        Bookmark(await ReplayAsync(project, "state-p.load")).ShouldBe(2);
        Bookmark(await ReplayAsync(project, "state-p.load", "--to-version", "1")).ShouldBe(1);
        Bookmark(await ReplayAsync(project, "state-p.load", "--at", states[0].GetProperty("at").GetString()!)).ShouldBe(1);
        (await ReplayAsync(project, "pipeline-p", "--to-version", "1")).GetProperty("pipeline").GetProperty("version").GetInt32().ShouldBe(1);
        (await ReplayAsync(project, "pipeline-p")).GetProperty("pipeline").GetProperty("version").GetInt32().ShouldBe(2);
        (await ReplayAsync(project, "plugin-target")).GetProperty("events").EnumerateArray().Select(item => item.GetProperty("type").GetString()).ShouldBe(["PluginCapabilityGranted"]);

        (await project.FlexCoreAsync("events", "replay", "--stream", "run-none")).ShouldExitWith(2).Error.ShouldContain("error[FX1050]: there is no event stream 'run-none'");
        (await project.FlexCoreAsync("events", "replay", "--stream", "state-p.load", "--to-version", "3")).ShouldExitWith(2).Error.ShouldContain("error[FX1050]");
        (await project.FlexCoreAsync("events", "replay", "--stream", "state-p.load", "--at", "2001-01-01T00:00:00Z")).ShouldExitWith(2).Error.ShouldContain("error[FX1050]");
        foreach (var time in new[] { "yesterday", "2001-01-01", "2001-01-01T00:00:00" })
        {
            (await project.FlexCoreAsync("events", "replay", "--stream", "state-p.load", "--at", time)).ShouldExitWith(2).Error.ShouldContain("error[FX1001]");
        }
    }

    [Fact]
    public async Task Events_of_a_later_version_stop_no_look_at_a_run_and_are_shown_raw()
    {
        using var project = new TestProject().Sync();
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString();
        long position;
        await using (var store = await SqliteEventStore.OpenAsync(project.PathOf(".flexcore/flexcore.db"), TimeProvider.System, cancellationToken: Token))
        {
            var later = new EventData(Guid.CreateVersion7(), "RunArchived", """{"by":"somebody"}"""u8.ToArray(), """{"schema":3}"""u8.ToArray());
            var bytes = new EventData(Guid.CreateVersion7(), "RunSealed", new byte[] { 0xFF, 0 }, default);
            position = (await store.AppendAsync(new StreamAppend($"run-{run}", ExpectedVersion.Exists, [later, bytes]), Token)).LastPosition;
            var moved = new EventData(Guid.CreateVersion7(), "StateMoved", "{}"u8.ToArray(), default);
            await store.AppendAsync(new StreamAppend("state-p.load", ExpectedVersion.Exists, [moved]), Token);
        }

        (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json[0].GetProperty("status").GetString().ShouldBe("succeeded");
        (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "show", $"{position - 1}")).ShouldExitWith(0).Json.GetProperty("data").GetProperty("by").GetString().ShouldBe("somebody");
        (await project.FlexCoreAsync("events", "show", $"{position}")).ShouldExitWith(0).Json.GetProperty("data").GetProperty("base64").GetString().ShouldBe("/wA=");
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(3).Error.ShouldContain("was written last by a later version of FlexCore (StateMoved)");
        (await project.FlexCoreAsync("events", "export")).ShouldExitWith(0).Output.ShouldContain("\"type\":\"RunArchived\"");
    }

    private static int Bookmark(JsonElement replayed) => replayed.GetProperty("state").GetProperty("value").GetProperty("last").GetInt32();

    private static async Task<JsonElement> ReplayAsync(TestProject project, string stream, params string[] arguments) =>
        (await project.FlexCoreAsync(["events", "replay", "--stream", stream, .. arguments, "--json"])).ShouldExitWith(0).Json;
}
