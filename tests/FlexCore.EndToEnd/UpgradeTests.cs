using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>What is said of a store before an upgrade.</summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    // What the migrations "archive" and "tree" have made.
    private const string AsVersion3 = "DROP TABLE tree_tiles; DROP TABLE checkpoints; DROP TABLE archives; DROP TABLE archived_ids; DROP TABLE archived_heads; PRAGMA user_version = 3";

    private readonly TestProject _project = new TestProject().Write("pipeline.yaml", "name: p\nsteps: [{ id: a, noop: {} }]\n");

    public async ValueTask InitializeAsync() => (await _project.RunAsync()).ShouldExitWith(0);

    public ValueTask DisposeAsync()
    {
        _project.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Store_of_this_version_is_opened_as_it_is()
    {
        (await _project.FlexCoreAsync("db", "status")).ShouldExitWith(0).Output.ShouldContain("this version opens it as it is");
        (await CheckAsync()).GetProperty("detail").GetString()!.ShouldNotContain("schema version");
    }

    [Fact]
    public async Task Store_of_an_earlier_version_is_told_of_and_left_alone_until_something_opens_it()
    {
        await ChangeAsync(AsVersion3);

        var status = (await _project.FlexCoreAsync("db", "status")).ShouldExitWith(0).Output;
        status.ShouldContain("schema: version 3 of 6");
        status.ShouldContain("pending: tree, archive, dated-archive");
        status.ShouldContain("the first command or node of this version migrates it: back it up before");
        var check = await CheckAsync();
        check.GetProperty("ok").GetBoolean().ShouldBeTrue();
        check.GetProperty("detail").GetString()!.ShouldContain("schema version 3 of 6: the first command or node of this version migrates it (tree, archive, dated-archive), so back it up before");
        (await _project.FlexCoreAsync("db", "status", "--json")).ShouldExitWith(0).Json.GetProperty("version").GetInt32().ShouldBe(3, "nobody has changed it");

        (await _project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(1);
        (await _project.FlexCoreAsync("db", "status", "--json")).ShouldExitWith(0).Json.GetProperty("pending").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Store_of_a_newer_version_is_refused()
    {
        await ChangeAsync("PRAGMA user_version = 99");

        (await _project.FlexCoreAsync("db", "status")).ShouldExitWith(3).Error.ShouldContain("FX3006");
        (await CheckAsync()).GetProperty("ok").GetBoolean().ShouldBeFalse();
    }

    private async Task<JsonElement> CheckAsync() =>
        (await _project.FlexCoreAsync("doctor", "--json")).Json.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "event store");

    private async Task ChangeAsync(string sql) =>
        (await Command.RunAsync("python3", ["-c", $"import sqlite3; d = sqlite3.connect('.flexcore/flexcore.db'); d.executescript('{sql}')"], _project.Folder, _project.Variables)).ShouldExitWith(0);
}
