using System.Net;

namespace FlexCore.EndToEnd.Server;

/// <summary>The command line against a server: it says what it says where the data are.</summary>
public sealed class RemoteTests(ServedProject server) : IClassFixture<ServedProject>
{
    private string Address => server.Client.BaseAddress!.ToString();

    [Fact]
    public async Task Command_that_looks_prints_the_same_of_a_server_as_of_the_data_directory_itself()
    {
        await FillAsync();
        foreach (var command in (string[])
            [
                "runs list", "runs list --pipeline p --limit 1", "runs show latest", "runs logs latest", "runs totals", "runs watch latest", "pipeline list", "pipeline show p", "pipeline show one --graph mermaid",
                "pipeline diff p", "pipeline diff p --from 1 --to 2", "pipeline export p", "pipeline export p --version 1", "state get p", "state get p load --version 1", "state history p load", "backfill list",
                "plugin list", "plugin show tap", "plugin show job", "plugin audit", "plugin audit target", "events list --limit 5", "events list --type StateCommitted", "events show 3", "events replay --stream pipeline-p",
                "events replay --stream state-p.load --to-version 1", "events replay --stream plugin-tap", "deadletters list", "deadletters list --status all --run latest", "nodes list", "secrets list",
                "notify test nobody", "pipeline show nobody", "pipeline diff p --from 7", "state get nobody", "state get p load --version 9", "plugin show nobody", "plugin audit nobody", "events show 999999", "events replay --stream x",
                "deadletters show x", "nodes drain nobody", "secrets delete nobody", "backfill pause 01a1fca2-3015-79c9-a43f-55784404d367", "pipeline pause nobody", "runs list --limit 0",
            ])
        {
            var words = command.Split(' ');
            foreach (var more in (string[][])[[], ["--json"]]) await ShouldBeTheSameAsync([.. words, .. more]);
        }

        var runs = (await server.Project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray().Select(run => run.GetProperty("run_id").GetString()!).ToList();
        await ShouldBeTheSameAsync("events", "replay", "--stream", $"run-{runs[0]}", "--json");
        await ShouldBeTheSameAsync("runs", "diff", runs[0], runs[^1]);
        await ShouldBeTheSameAsync("runs", "diff", runs[0], runs[^1], "--json");
        await ShouldBeTheSameAsync("runs", "show", "nothing");
        await ShouldBeTheSameAsync("runs", "cancel", "--where", "colour = 'red'");
    }

    [Fact]
    public async Task Runs_are_watched_cancelled_and_repeated_at_a_server()
    {
        var waiting = (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"waiting"}""")).Json.GetProperty("run_id").GetString()!;
        await using (var watching = Start("runs", "watch", waiting))
        {
            (await AskAsync("runs", "cancel", waiting, "--reason", "not needed")).ShouldExitWith(0).Output.ShouldBe($"run {waiting} is cancelled\n");
            (await watching.EndAsync()).ShouldExitWith(130).Output.ShouldContain("cancelled");
        }

        (await AskAsync("runs", "cancel", waiting)).ShouldExitWith(2).Error.ShouldStartWith("error[FX10");
        foreach (var _ in (int[])[1, 2]) (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"waiting"}""")).ShouldBe(HttpStatusCode.Accepted);
        (await AskAsync("runs", "cancel", "--where", "pipeline = 'waiting'")).ShouldExitWith(2).Error.ShouldContain("2 runs fit: 2 of waiting");
        (await AskAsync("runs", "cancel", "--where", "pipeline = 'waiting'", "--yes", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(2);

        var done = await server.RunAsync();
        var again = (await AskAsync("runs", "retry", done, "--from-start", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        var watched = (await AskAsync("runs", "watch", again)).ShouldExitWith(0);
        watched.Error.ShouldContain("a: started\na: succeeded\nb: started\nb: succeeded\n");
        watched.Output.ShouldContain($"run {again} of one: succeeded");
    }

    [Fact]
    public async Task What_a_server_knows_is_changed_as_it_is_where_the_data_are()
    {
        await FillAsync();
        (await AskAsync("pipeline", "pause", "idle", "--reason", "holiday")).ShouldExitWith(0).Output.ShouldBe("pipeline idle is paused\n");
        (await AskAsync("pipeline", "start", "idle")).ShouldExitWith(2).Error.ShouldContain("error[FX1041]");
        (await AskAsync("pipeline", "activate", "idle")).ShouldExitWith(0);
        (await AskAsync("pipeline", "start", "idle", "--set", "region=us", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetGuid().ShouldNotBe(Guid.Empty);

        server.Project.Write("state.json", """{"last":7}""");
        (await AskAsync("state", "set", "p", "load", "state.json", "--reason", "by hand", "--if-version", "99")).ShouldExitWith(2).Error.ShouldContain("error[FX1048]");
        var version = (await AskAsync("state", "set", "p", "load", "state.json", "--reason", "by hand", "--json")).ShouldExitWith(0).Json.GetProperty("load").GetProperty("version").GetInt64();
        (await AskAsync("state", "set", "p", "load", "--version", "1", "--if-version", $"{version}")).ShouldExitWith(0).Output.ShouldBe($"state of step load set: version {version + 1}\n");
        (await AskAsync("state", "clear", "p")).ShouldExitWith(0).Output.ShouldBe($"state of step load cleared: version {version + 2}\n");
        (await AskAsync("state", "history", "p", "load", "--limit", "3", "--json")).Json.EnumerateArray().Select(each => each.GetProperty("version").GetInt64()).ShouldBe([version + 2, version + 1, version]);

        (await Command.RunAsync(Repository.Launcher, ["secrets", "set", "api_key", "--server", Address], server.Project.Folder, Variables(server.TokenOf("admin")), "canary one")).ShouldExitWith(0).Output.ShouldBe("secret api_key set\n");
        (await AskAsync("secrets", "list")).ShouldExitWith(0).Output.ShouldContain("api_key");
        (await AskAsync("secrets", "delete", "api_key")).ShouldExitWith(0);
        (await server.Project.FlexCoreAsync("plugin", "add", "plugins/target")).ShouldExitWith(0);
        (await AskAsync("plugin", "grant", "target", "--write", "out")).ShouldExitWith(2).Error.ShouldContain("the path out must be an absolute one of the machine where plugins run");
        (await AskAsync("plugin", "grant", "target", "--all")).ShouldExitWith(0).Output.ShouldStartWith("target: granted write ${config.path}");
        (await AskAsync("plugin", "revoke", "target", "--all", "--json")).ShouldExitWith(0).Json.GetProperty("changed").GetProperty("write").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_told_with_the_remedy()
    {
        (await server.Project.FlexCoreAsync("runs", "list", "--server", "http://127.0.0.1:1")).ShouldExitWith(2).Error.ShouldContain("error[FX6003]: no access token for http://127.0.0.1:1/");
        (await AskOtherAsync("http://127.0.0.1:1")).ShouldExitWith(1).Error.ShouldContain("error[FX5003]: http://127.0.0.1:1/ cannot be asked");
        (await AskOtherAsync("http://192.0.2.1:8080")).ShouldExitWith(2).Error.ShouldContain("over http others could read the token along; use https, or add --insecure");
        (await AskOtherAsync("ftp://127.0.0.1")).ShouldExitWith(2).Error.ShouldContain("is not the address of a server");
        (await AskOtherAsync($"{Address}elsewhere", server.TokenOf("admin"))).ShouldExitWith(2).Error.ShouldContain("error[FX1050]");
        (await AskOtherAsync(Address, "wrong")).ShouldExitWith(2).Error.ShouldContain("error[FX6003]");
        (await AskAsync("runs", "list", "--data", "x")).ShouldExitWith(2).Error.ShouldContain("--data and --env are of this machine");
        (await AskAsync("runs", "list", "--profile", "x")).ShouldExitWith(2).Error.ShouldContain("say either --server URL, or --profile NAME");
    }

    private async Task FillAsync()
    {
        server.Project.Sync();
        (await server.Project.RunAsync()).ShouldExitWith(0);
        server.Project.Sync(from: ", config: { more: 1 }");
        (await server.Project.RunAsync()).ShouldExitWith(0);
    }

    private async Task ShouldBeTheSameAsync(params string[] command)
    {
        var here = await server.Project.FlexCoreAsync(command);
        var there = await AskAsync(command);

        (there.ExitCode, there.Output, there.Error).ShouldBe((here.ExitCode, here.Output, here.Error), string.Join(' ', command));
    }

    private Task<CommandResult> AskAsync(params string[] command) => Command.RunAsync(Repository.Launcher, [.. command, "--server", Address], server.Project.Folder, Variables(server.TokenOf("admin")));

    private Command Start(params string[] command) => Command.Start(Repository.Launcher, [.. command, "--server", Address], server.Project.Folder, Variables(server.TokenOf("admin")));

    private Task<CommandResult> AskOtherAsync(string address, string token = "flexcore_x") => Command.RunAsync(Repository.Launcher, ["runs", "list", "--server", address], server.Project.Folder, Variables(token));

    private static Dictionary<string, string?> Variables(string token) => new(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = token };
}
