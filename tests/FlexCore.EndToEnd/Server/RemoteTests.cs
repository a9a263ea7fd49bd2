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
                "events replay --stream state-p.load --to-version 1", "events replay --stream plugin-tap", "deadletters list", "deadletters list --status all --run latest", "nodes list", "secrets list", "catalog list connection", "catalog get connection nobody", "catalog delete connection nobody", "catalog list things",
                "token list", "token revoke nobody", "token create Not-A-Name", "token create ci --role king", "token create ci --expires soon", "notify test nobody", "pipeline show nobody", "pipeline diff p --from 7", "state get nobody", "state get p load --version 9", "plugin show nobody", "plugin audit nobody", "events show 999999", "events replay --stream x",
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
    public async Task Token_is_given_out_and_taken_back_at_a_server()
    {
        var made = (await AskAsync("token", "create", "far", "--role", "auditor", "--expires", "1d", "--json")).ShouldExitWith(0).Json;

        made.GetProperty("token").GetProperty("role").GetString().ShouldBe("auditor");
        var variables = Variables(made.GetProperty("text").GetString()!);
        (await Command.RunAsync(Repository.Launcher, ["events", "key", "--server", Address], server.Project.Folder, variables)).ShouldExitWith(0);
        (await AskAsAsync("operator", "token", "revoke", "far")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
        (await AskAsync("token", "revoke", "far")).ShouldExitWith(0).Output.ShouldBe("token far is refused from now on\n");
        (await AskAsync("token", "list")).ShouldExitWith(0).Output.ShouldMatch("far +auditor +- +revoked ");
        await Until.TrueAsync(async () => (await Command.RunAsync(Repository.Launcher, ["events", "key", "--server", Address], server.Project.Folder, variables)).ExitCode == 2, "it is refused within a second");

        (await AskAsync("token", "create", "team", "--role", "operator", "--pipelines", "orders, shop-*")).ShouldExitWith(0);
        (await AskAsync("token", "list")).ShouldExitWith(0).Output.ShouldMatch(@"team +operator +orders, shop-\* +valid ");
    }

    [Fact]
    public async Task Doctor_tells_of_the_machine_and_the_settings_of_the_server_to_its_administrators()
    {
        var here = (await server.Project.FlexCoreAsync("doctor", "--json")).ShouldExitWith(0).Json;
        var there = (await AskAsync("doctor", "--json")).ShouldExitWith(0).Json;

        foreach (var part in (string[])["ok", "isolation", "limits", "coordination", "levels"]) there.GetProperty(part).GetRawText().ShouldBe(here.GetProperty(part).GetRawText());
        Checks(there).ShouldBe(Checks(here));
        there.GetProperty("settings").EnumerateArray().Single(setting => setting.GetProperty("key").GetString() == "http").GetProperty("source").GetString().ShouldBe("--http");
        (await AskAsync("doctor")).ShouldExitWith(0).Output.ShouldMatch("http +127.0.0.1:0 +--http, over FLEXCORE__HTTP\n");
        (await AskAsAsync("operator", "doctor")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
        (await AskAsync("doctor", "--data", "x")).ShouldExitWith(2).Error.ShouldContain("--data and --env are of this machine");

        // What was found names what was tried, such as a namespace, and is another one each time.
        static IEnumerable<(string?, bool)> Checks(System.Text.Json.JsonElement found) => found.GetProperty("checks").EnumerateArray().Select(check => (check.GetProperty("name").GetString(), check.GetProperty("ok").GetBoolean()));
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
        var added = (await AskAsync("plugin", "add", "plugins/target", "--json")).ShouldExitWith(0).Json;
        var again = (await server.Project.FlexCoreAsync("plugin", "add", "plugins/target", "--json")).ShouldExitWith(0).Json;
        added.EnumerateObject().Where(member => member.Name != "folder").Select(member => member.ToString()).ShouldBe(again.EnumerateObject().Where(member => member.Name != "folder").Select(member => member.ToString()));
        (await AskAsAsync("operator", "plugin", "add", "plugins/target")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
        (await AskAsync("plugin", "add", "plugins")).ShouldExitWith(2).Error.ShouldContain("there is no plugin.yaml at its top");
        (await AskAsync("plugin", "add", "nothing")).ShouldExitWith(2).Error.ShouldContain("nothing cannot be read");
        (await AskAsync("plugin", "grant", "target", "--write", "out")).ShouldExitWith(2).Error.ShouldContain("the path out must be an absolute one of the machine where plugins run");
        (await AskAsync("plugin", "grant", "target", "--all")).ShouldExitWith(0).Output.ShouldStartWith("target: granted write ${config.path}");
        (await AskAsync("plugin", "revoke", "target", "--all", "--json")).ShouldExitWith(0).Json.GetProperty("changed").GetProperty("write").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Pipeline_file_is_checked_applied_and_run_at_a_server_as_it_is_here()
    {
        server.Project.Sync().Write("bad.yaml", "name: bad\nsteps:\n  - { id: a, noop: {}, needs: [b] }\n  - { id: a, colour: red }\n");
        foreach (var command in (string[])["validate pipeline.yaml", "validate bad.yaml", "pipeline diff bad.yaml", "pipeline apply -f bad.yaml", "validate nothing.yaml"])
        {
            await ShouldBeTheSameAsync(command.Split(' '));
            await ShouldBeTheSameAsync([.. command.Split(' '), "--json"]);
        }

        server.Project.Write("flexcore.yaml", "").Write("more/new.yaml", "name: new\nsteps: [{ id: a, noop: {} }]\n");
        (await AskAsync("pipeline", "apply", "-f", "more", "--dry-run")).ShouldExitWith(0).Output.ShouldBe("+ new  created: version 1, active\n1 created: this is a plan, and nothing was done\n");
        (await AskAsync("pipeline", "apply", "-f", "more", "--json")).ShouldExitWith(0).Json.GetProperty("pipelines")[0].GetProperty("file").GetString().ShouldBe(server.Project.PathOf("more/new.yaml"));
        await ShouldBeTheSameAsync("pipeline", "apply", "-f", "more/new.yaml", "--dry-run");
        server.Project.Write("more/new.yaml", "name: new\nsteps: [{ id: a, noop: {} }, { id: b, noop: {} }]\n");
        await ShouldBeTheSameAsync("pipeline", "diff", "more/new.yaml");

        var run = await AskAsync("run", "pipeline.yaml");
        run.ShouldExitWith(0).Output.ShouldContain("load: succeeded  3 records of s");
        run.Error.ShouldContain("load: started\nload: succeeded, 3 records of s");
        server.Project.Received.ShouldNotBeEmpty();
        (await AskAsync("run", "pipeline.yaml", "--json")).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("state").GetProperty("last").GetInt32().ShouldBe(3);
        (await AskAsync("run", "bad.yaml")).ShouldExitWith(2).Error.ShouldContain("bad.yaml:");
        (await AskAsync("run", "pipeline.yaml", "--dry-run")).ShouldExitWith(2).Error.ShouldContain("are for runs on this machine");
    }

    [Fact]
    public async Task Archive_that_is_no_plugin_is_refused_and_leaves_nothing()
    {
        var random = new Random(4711);
        var noise = new byte[200_000];
        random.NextBytes(noise);
        foreach (var body in (byte[][])[[], [0], "PK"u8.ToArray(), [0x1F, 0x8B], noise, [0x1F, 0x8B, 8, 0, .. noise], [.. "PK\u0003\u0004"u8, .. noise], new byte[10_240]])
            (await PostAsync(new ByteArrayContent(body))).ShouldFailWith(HttpStatusCode.BadRequest, "FX1024");

        (await PostAsync(new ByteArrayContent(new byte[(64 << 20) + 1]))).ShouldFailWith(HttpStatusCode.RequestEntityTooLarge, "FX1008");
        Directory.GetFileSystemEntries(server.Project.PathOf(".flexcore/plugins/.incoming")).ShouldBeEmpty();

        async Task<RestAnswer> PostAsync(HttpContent body)
        {
            using var request = server.Request(HttpMethod.Post, "/api/v1/plugins");
            request.Content = body;
            request.Headers.ExpectContinue = true;
            return await server.SendAsync(request);
        }
    }

    [Fact]
    public async Task Run_at_a_server_is_ended_when_whoever_follows_it_interrupts()
    {
        await using var run = Start("run", "waiting.yaml");
        await Until.TrueAsync(async () => (await server.AskAsync(HttpMethod.Get, "/api/v1/queue?where=pipeline%20%3D%20%27waiting%27")).Json.GetProperty("items").GetArrayLength() > 0, "it waits");

        await run.SignalAsync("INT");

        (await run.EndAsync()).ShouldExitWith(130).Output.ShouldContain("of waiting: cancelled");
    }

    [Fact]
    public async Task What_reaches_into_the_server_is_for_administrators()
    {
        server.Project.Sync().Write("folder.yaml", "name: folder\nsteps: [{ id: a, task: { plugin: ./plugins/job } }]\n").Task("pass").Sync();
        server.Project.Write("env.yaml", "name: env\nvars: { x: \"${env.HOME}\" }\nsteps: [{ id: a, noop: {} }]\n").Write("granted.yaml", "name: granted\ngrants: { tap: { env: [TZ] } }\nsteps: [{ id: a, noop: {} }]\n");
        foreach (var (file, what) in ((string, string)[])[("folder.yaml", "a plugin of a folder"), ("env.yaml", "`${env.…}`"), ("granted.yaml", "")])
        {
            var refused = await AskAsAsync("operator", "pipeline", "apply", "-f", file);
            refused.ShouldExitWith(2).Error.ShouldContain(what.Length > 0 ? $"error[FX6001]: pipeline {file[..^5]}: {what} that is new is for administrators" : "error[FX");
        }

        (await AskAsAsync("admin", "pipeline", "apply", "-f", "folder.yaml")).ShouldExitWith(0);
        (await AskAsAsync("operator", "pipeline", "apply", "-f", "folder.yaml")).ShouldExitWith(0).Output.ShouldContain("unchanged");
        (await AskAsAsync("viewer", "validate", "waiting.yaml")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
        foreach (var name in (string[])["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", ".hidden.yaml", "x", "a//b.yaml", ""])
            (await server.AskAsync(HttpMethod.Post, "/api/v1/pipelines/apply", json: $$"""{"files":[{"name":"{{name}}","text":"name: x\nsteps: []\n"}]}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1014");
        (await server.AskAsync(HttpMethod.Post, "/api/v1/pipelines/apply", json: """{"files":[]}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
        (await server.AskAsync(HttpMethod.Post, "/api/v1/pipelines/apply", json: """{"files":[{"name":"waiting.yaml","text":"name: waiting\nsteps: [{ id: z, noop: {} }]\n"}],"expected":{"waiting":7}}""")).ShouldFailWith(HttpStatusCode.PreconditionFailed, "FX1049");
    }

    [Fact]
    public async Task Login_keeps_the_token_for_its_owner_alone_and_logout_forgets_it()
    {
        var home = server.Project.PathOf("home");
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = home };
        Task<CommandResult> RunAsync(string input, params string[] command) => Command.RunAsync(Repository.Launcher, command, server.Project.Folder, variables, input);

        (await RunAsync("nonsense\n", "login", Address)).ShouldExitWith(2).Error.ShouldContain("error[FX6003]");
        (await RunAsync("", "login", Address, "flexcore_x")).ShouldExitWith(2).Error.ShouldNotContain("flexcore_x");
        Directory.Exists(home).ShouldBeFalse();
        var done = (await RunAsync(server.TokenOf("viewer") + "\n", "login", Address, "--profile", "test")).ShouldExitWith(0);
        done.Output.ShouldContain("as a-viewer, viewer: use it with --profile test");
        (done.Output + done.Error).ShouldNotContain(server.TokenOf("viewer"));
        var file = Path.Combine(home, "flexcore/profiles.json");
        (File.GetUnixFileMode(file), File.GetUnixFileMode(Path.GetDirectoryName(file)!)).ShouldBe((UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Directory.GetFiles(Path.GetDirectoryName(file)!).ShouldBe([file]);

        (await RunAsync("", "pipeline", "list", "--profile", "test")).ShouldExitWith(0).Output.ShouldContain("waiting");
        (await RunAsync("", "pipeline", "list", "--server", Address)).ShouldExitWith(0).Output.ShouldContain("waiting");
        (await RunAsync("", "pipeline", "pause", "idle", "--profile", "test")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
        (await RunAsync("", "pipeline", "list", "--profile", "other")).ShouldExitWith(2).Error.ShouldContain("there is no profile other");
        (await RunAsync("", "init", "x", "--server", Address)).ShouldExitWith(2).Error.ShouldContain("`flexcore init` works on this machine only, and takes no --server");
        (await RunAsync("", "db", "status", "--profile", "test")).ShouldExitWith(2).Error.ShouldContain("`flexcore db status` works on this machine only, and takes no --profile");
        (await RunAsync("", "logout", "--profile", "test")).ShouldExitWith(0);
        (await RunAsync("", "pipeline", "list", "--server", Address)).ShouldExitWith(2).Error.ShouldContain("no access token");
        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        (await RunAsync("", "pipeline", "list", "--profile", "test")).ShouldExitWith(2).Error.ShouldContain("error[FX1002]");
    }

    [Fact]
    public async Task What_cannot_be_asked_is_told_with_the_remedy()
    {
        (await server.Project.FlexCoreAsync("runs", "list", "--server", "http://127.0.0.1:1")).ShouldExitWith(2).Error.ShouldContain("error[FX6003]: no access token for http://127.0.0.1:1/");
        (await AskOtherAsync("http://127.0.0.1:1")).ShouldExitWith(1).Error.ShouldContain("error[FX5004]: http://127.0.0.1:1/ cannot be asked");
        (await AskOtherAsync("http://192.0.2.1:8080")).ShouldExitWith(2).Error.ShouldContain("over http others could read the token along; use https, or add --insecure");
        (await AskOtherAsync("ftp://127.0.0.1")).ShouldExitWith(2).Error.ShouldContain("is not the address of a server");
        (await AskOtherAsync($"{Address}elsewhere", server.TokenOf("admin"))).ShouldExitWith(2).Error.ShouldContain("error[FX1050]");
        (await AskOtherAsync(Address, "wrong")).ShouldExitWith(2).Error.ShouldContain("error[FX6003]");
        (await AskAsync("runs", "list", "--since", "soon")).ShouldExitWith(2).Error.ShouldContain("--since soon: it must be");
        (await AskAsync("runs", "list", "--status", "odd")).ShouldExitWith(2).Error.ShouldContain("status");
        (await AskAsync("runs", "list", "--since", "2999-01-01", "--status", "failed", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
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

    private Task<CommandResult> AskAsync(params string[] command) => AskAsAsync("admin", command);

    private Task<CommandResult> AskAsAsync(string role, params string[] command) => Command.RunAsync(Repository.Launcher, [.. command, "--server", Address], server.Project.Folder, Variables(server.TokenOf(role)));

    private Command Start(params string[] command) => Command.Start(Repository.Launcher, [.. command, "--server", Address], server.Project.Folder, Variables(server.TokenOf("admin")));

    private Task<CommandResult> AskOtherAsync(string address, string token = "flexcore_x") => Command.RunAsync(Repository.Launcher, ["runs", "list", "--server", address], server.Project.Folder, Variables(token));

    private static Dictionary<string, string?> Variables(string token) => new(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = token };
}
