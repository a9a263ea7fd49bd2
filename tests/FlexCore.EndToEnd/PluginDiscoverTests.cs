using System.Net;
using FlexCore.EndToEnd.Server;

namespace FlexCore.EndToEnd;

/// <summary>Taps that a user asks for their catalogs.</summary>
public sealed class PluginDiscoverTests
{
    // The columns of a file, or what it finds in its config where there is none.
    private const string Tap =
        """
        import json, sys
        config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
        if "--discover" not in sys.argv:
            sys.exit("it is only to be asked")
        if "file" not in config:
            sys.exit("there is no file in its config")
        columns = open(config["file"]).readline().strip().split(",")
        stream = {"tap_stream_id": "people", "stream": "people", "key_properties": [columns[0]], "schema": {"properties": {c: {} for c in columns}}, "about": config.get("token", "")}
        print(json.dumps({"streams": [stream]}))
        """;

    private const string Asks = "capabilities: { read: [\"${config.file}\"] }\nconfig: schema.json\n";
    private const string Schema = """{"type": "object", "properties": {"file": {"type": "string"}, "token": {"type": "string", "writeOnly": true}}, "additionalProperties": false}""";
    private const string Config = """{"file": "people.csv"}""";

    [Fact]
    public async Task Catalog_is_printed_of_a_registered_tap_under_its_grants_and_nothing_is_run()
    {
        using var project = await RegisteredAsync();

        (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--input", Config)).ShouldExitWith(2).Error
            .ShouldSatisfyAllConditions(said => said.ShouldContain("FX1030"), said => said.ShouldContain("flexcore plugin grant tap-csv"));
        (await project.FlexCoreAsync("plugin", "grant", "tap-csv", "--read", project.Folder)).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--input", Config)).ShouldExitWith(0).Output
            .ShouldBe("STREAM  KEY  FIELDS\npeople  id   id, name, a, b, c and 1 more\n");
        project.Write("tap.json", Config);
        var catalog = (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--config", "tap.json", "--json")).ShouldExitWith(0).Json;

        catalog.GetProperty("streams")[0].GetProperty("schema").GetProperty("properties").EnumerateObject().Count().ShouldBe(6);
        (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
        var started = (await project.EventsAsync("--type", "PluginExecutionStarted"))[^1].GetProperty("data");
        (started.GetProperty("plugin").GetString(), started.GetProperty("step").GetString(), started.GetProperty("isolation").GetString()).ShouldBe(("tap-csv", "discover", "sandbox"));
    }

    [Fact]
    public async Task Tap_is_asked_anew_each_time_and_a_secret_is_not_shown()
    {
        using var project = await RegisteredAsync();
        (await project.SetSecretAsync("token", "s3cret-of-the-shop")).ShouldExitWith(0);
        string[] command = ["plugin", "discover", "tap-csv", "--input", """{"file": "people.csv", "token": "${secret.token}"}""", "--grant", "all", "--json"];
        (await project.FlexCoreAsync(command)).ShouldExitWith(0).Output.ShouldNotContain("s3cret-of-the-shop");

        project.Write("people.csv", "number\n1\n");
        (await project.FlexCoreAsync(command)).ShouldExitWith(0).Json.GetProperty("streams")[0].GetProperty("key_properties")[0].GetString().ShouldBe("number");
    }

    [Fact]
    public async Task What_cannot_be_asked_is_refused_with_the_reason()
    {
        using var project = await RegisteredAsync();
        project.Plugin("job", "task", "pass").Plugin("mute", "tap", "pass", "singer: { discover: false }").Plugin("silent", "tap", "print('no catalog')").Plugin("empty", "tap", "print('{}')");

        (await project.FlexCoreAsync("plugin", "discover", "nobody")).ShouldExitWith(2).Error.ShouldContain("there is no plugin 'nobody'");
        (await project.FlexCoreAsync("plugin", "discover", "job")).ShouldExitWith(2).Error.ShouldContain("plugin job is a task; only a tap has a catalog");
        (await project.FlexCoreAsync("plugin", "discover", "mute")).ShouldExitWith(1).Error.ShouldContain("error[FX2012]: mute cannot discover (plugin.yaml: singer)");
        (await project.FlexCoreAsync("plugin", "discover", "silent")).ShouldExitWith(1).Error.ShouldContain("error[FX2012]: silent did not write a JSON object to standard output with --discover");
        (await project.FlexCoreAsync("plugin", "discover", "empty")).ShouldExitWith(1).Error.ShouldContain("error[FX2012]: empty has a catalog without 'streams'");
        (await project.FlexCoreAsync("plugin", "discover", "tap-csv")).ShouldExitWith(1).Error.ShouldContain("there is no file in its config");
        (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--input", """{"colour": 1}""")).ShouldExitWith(2).Error.ShouldContain("colour");
        (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--input", "[]")).ShouldExitWith(2).Error.ShouldContain("the config must be a JSON object");
        (await project.FlexCoreAsync("plugin", "disable", "tap-csv", "--reason", "loses rows")).ShouldExitWith(0);
        (await project.FlexCoreAsync("plugin", "discover", "tap-csv", "--input", Config, "--grant", "all")).ShouldExitWith(2).Error.ShouldContain("loses rows");
    }

    [Fact]
    public async Task Server_asks_the_tap_on_its_own_machine()
    {
        var server = new ServedProject((await RegisteredAsync()).Write("idle.yaml", "name: idle\nsteps: [{ id: a, noop: {} }]\n"));
        await server.InitializeAsync();
        try
        {
            (await server.AskAsync(HttpMethod.Post, "/api/v1/plugins/tap-csv/discover", json: $$"""{"config":{{Config}}}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1030");
            var catalog = (await server.AskAsync(HttpMethod.Post, "/api/v1/plugins/tap-csv/discover", json: $$"""{"config":{{Config}},"grant_all":true}""")).ShouldBe(HttpStatusCode.OK).Json;
            catalog.GetProperty("streams")[0].GetProperty("stream").GetString().ShouldBe("people");
            (await server.AskAsync(HttpMethod.Post, "/api/v1/plugins/tap-csv/discover", role: "operator")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");

            var asked = await Command.RunAsync(
                Repository.Launcher, ["plugin", "discover", "tap-csv", "--input", Config, "--grant", "all", "--server", server.Client.BaseAddress!.ToString()], "/",
                new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = server.TokenOf("admin") });
            asked.ShouldExitWith(0).Output.ShouldContain("people  id   id, name");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<TestProject> RegisteredAsync()
    {
        var project = new TestProject().Plugin("tap-csv", "tap", Tap, Asks).Write("plugins/tap-csv/schema.json", Schema).Write("people.csv", "id,name,a,b,c,d\n1,x\n");
        Directory.Move(project.PathOf("plugins"), project.PathOf("elsewhere"));
        (await project.FlexCoreAsync("plugin", "add", "elsewhere/tap-csv")).ShouldExitWith(0);
        return project;
    }
}
