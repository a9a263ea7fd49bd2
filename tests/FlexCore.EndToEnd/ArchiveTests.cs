namespace FlexCore.EndToEnd;

/// <summary>Old events in files beside the database.</summary>
public sealed class ArchiveTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_events_leave_the_database_and_old_runs_the_list_and_all_else_goes_on_as_if_they_were_there()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        var runs = await ListAsync();
        var old = (await project.FlexCoreAsync("runs", "show", runs[1])).ShouldExitWith(0).Output;
        var state = (await project.FlexCoreAsync("state", "get", "p", "--json")).ShouldExitWith(0).Output;
        var events = await project.EventTypesAsync();

        var archived = (await project.FlexCoreAsync("events", "archive", "--before", "2999-12-31", "--json")).ShouldExitWith(0).Json;

        archived.GetProperty("archived").GetInt64().ShouldBe(events.Count - 1);
        var file = Path.Combine(project.PathOf(".flexcore/archive"), archived.GetProperty("files")[0].GetProperty("file").GetString()!);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await project.EventTypesAsync()).ShouldBe([.. events, "EventsArchived"]);
        (await ListAsync()).ShouldBe([runs[0]]);
        (await project.FlexCoreAsync("runs", "show", runs[1])).ShouldExitWith(0).Output.ShouldBe(old);
        (await project.FlexCoreAsync("state", "get", "p", "--json")).ShouldExitWith(0).Output.ShouldBe(state);
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0).Output.ShouldContain("the history is intact");
        (await project.FlexCoreAsync("events", "archive", "--before", "2000-01-01")).ShouldExitWith(0).Output.ShouldBe("0 events archived\n");

        File.Move(file, file + ".away");
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(3).Error.ShouldContain($"error[FX3009]: What was asked for lies in the archive, and its file '{file}' is not there.");
        File.Move(file + ".away", file);
        (await project.FlexCoreAsync("events", "show", "1")).ShouldExitWith(0);

        async Task<List<string>> ListAsync() =>
            [.. (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray().Select(run => run.GetProperty("run_id").GetString()!)];
    }

    [Fact]
    public async Task Archive_lies_where_the_settings_say()
    {
        using var project = new TestProject().Sync();
        await File.WriteAllTextAsync(project.PathOf("flexcore.yaml"), $"store: {{ archive: {project.PathOf("cold")} }}\n", Token);
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "archive", "--before", "6")).ShouldExitWith(0).Output.ShouldStartWith("1 to 5: events-000000000001-000000000005-");

        Directory.GetFiles(project.PathOf("cold")).Length.ShouldBe(1);
        (await project.FlexCoreAsync("events", "archive", "--before", "yesterday")).ShouldExitWith(2).Error.ShouldContain("error[FX");
        await File.WriteAllTextAsync(project.PathOf("flexcore.yaml"), "store: { archive: cold }\n", Token);
        (await project.FlexCoreAsync("events", "list")).ShouldExitWith(2).Error.ShouldContain("'store.archive' must be the absolute path of a folder");
    }
}
