namespace FlexCore.EndToEnd;

/// <summary>Bookmarks looked at and moved by hand.</summary>
public sealed class StateTests
{
    /// <summary>Goes on behind its bookmark, up to the tenth record.</summary>
    private const string Tap =
        """
        import json, sys
        start = json.load(open(sys.argv[sys.argv.index("--state") + 1]))["last"] if "--state" in sys.argv else 0
        print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": ["id"]}')
        for i in range(start + 1, 11):
            print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
            print('{"type": "STATE", "value": {"last": %d}}' % i)
        """;

    [Fact]
    public async Task State_that_was_set_is_where_the_next_run_goes_on_and_the_history_says_who_why_and_by_which_run()
    {
        using var project = new TestProject().Sync(Tap);
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString();
        var version = (await project.FlexCoreAsync("state", "history", "p", "load", "--json")).ShouldExitWith(0).Json[0].GetProperty("version").GetInt64();

        project.Write("bookmark.json", """{"last": 8}""");
        (await project.FlexCoreAsync("state", "set", "p", "load", "bookmark.json", "--reason", "the last two were wrong", "--if-version", version.ToString()))
            .ShouldExitWith(0).Output.ShouldBe($"state of step load set: version {version + 1}\n");
        (await project.FlexCoreAsync("state", "set", "p", "load", "bookmark.json", "--if-version", version.ToString())).ShouldExitWith(2).Error.ShouldContain("error[FX1048]");
        (await project.RunAsync()).ShouldExitWith(0).Output.ShouldContain("2 records of s");

        (await project.FlexCoreAsync("state", "set", "p", "load", "--version", version.ToString(), "--json")).ShouldExitWith(0).Json.GetProperty("load").GetProperty("value").GetProperty("last").GetInt32().ShouldBe(10);
        (await project.FlexCoreAsync("state", "clear", "p", "--reason", "begin anew")).ShouldExitWith(0).Output.ShouldContain("state of step load cleared");
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(2).Error.ShouldContain("nothing is committed for pipeline p");
        (await project.FlexCoreAsync("state", "get", "p", "load", "--version", (version + 1).ToString())).ShouldExitWith(0).Json.GetProperty("load").GetProperty("last").GetInt32().ShouldBe(8);
        (await project.RunAsync()).ShouldExitWith(0).Output.ShouldContain("10 records of s");

        var history = (await project.FlexCoreAsync("state", "history", "p", "load", "--limit", "100", "--json")).ShouldExitWith(0).Json.EnumerateArray().ToList();
        history[^1].GetProperty("run_id").GetString().ShouldBe(run);
        history[^1].GetProperty("actor").GetString().ShouldBe(Environment.UserName);
        history.Where(item => item.GetProperty("change").GetString() != "committed").Select(item => item.GetProperty("reason").GetString()).ShouldBe(["begin anew", null, "the last two were wrong"]);
        (await project.FlexCoreAsync("state", "history", "p", "load", "--limit", "100")).ShouldExitWith(0).Output.ShouldContain("set: the last two were wrong");
    }

    [Fact]
    public async Task Bookmarks_of_another_program_are_brought_along_before_the_first_run()
    {
        using var project = new TestProject().Sync(Tap);

        (await project.FlexCoreFedAsync("""{"last": 9}""", "state", "set", "p", "load", "-")).ShouldExitWith(0).Error.ShouldContain("had no state yet; see that both names are right");

        (await project.RunAsync()).ShouldExitWith(0).Output.ShouldContain("1 records of s");
    }

    [Fact]
    public async Task State_cannot_be_moved_under_a_run()
    {
        using var project = new TestProject().Sync("import time\nprint('{\"type\": \"SCHEMA\", \"stream\": \"s\", \"schema\": {}}\\n{\"type\": \"STATE\", \"value\": {}}', flush=True)\ntime.sleep(600)");
        await using var run = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => project.Received.Length > 0, "the run is under way");

        (await project.FlexCoreFedAsync("{}", "state", "set", "p", "load", "-")).ShouldExitWith(2).Error.ShouldContain("error[FX1040]");
        await run.SignalAsync("KILL");
        await run.EndAsync();
        (await project.FlexCoreFedAsync("{}", "state", "set", "p", "load", "-")).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("state set p load", "", "either FILE")]
    [InlineData("state set p load - --version 1", "{}", "either FILE")]
    [InlineData("state set p load -", "", "standard input:1:1: standard input is not JSON")]
    [InlineData("state set p load -", "{\"a\": 1,\n \"a\": 2}", "standard input is not JSON that can be kept")]
    [InlineData("state set p load -", "{\"a\": 1,\n x}", "standard input:2:2")]
    [InlineData("state set p load missing.json", "", "error[FX1002]")]
    [InlineData("state set P load -", "{}", "error[FX1014]")]
    [InlineData("state set p load --version 1", "", "nothing is committed for step load of pipeline p")]
    [InlineData("state get p --version 1", "", "name the step")]
    [InlineData("state clear p --if-version 1", "", "name the step")]
    [InlineData("state clear p", "", "nothing is committed")]
    [InlineData("state history p load", "", "nothing is committed")]
    public async Task What_cannot_be_done_is_refused_in_one_line_with_the_remedy(string command, string input, string expected)
    {
        using var project = new TestProject();
        (await project.FlexCoreAsync("init")).ShouldExitWith(0);
        (await project.FlexCoreAsync("db", "migrate")).ShouldExitWith(0);
        (await project.FlexCoreFedAsync(input, command.Split(' '))).ShouldExitWith(2).Error.ShouldContain(expected);
    }
}
