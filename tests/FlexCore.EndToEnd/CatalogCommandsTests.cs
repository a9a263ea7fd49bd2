namespace FlexCore.EndToEnd;

/// <summary>The catalog by the command line, wherever it is kept.</summary>
public sealed class CatalogCommandsTests
{
    [Theory]
    [InlineData("sql")]
    [InlineData("json-file")]
    [InlineData("json-folder")]
    public async Task Connection_is_written_shown_listed_and_deleted(string kind)
    {
        using var project = new TestProject();
        project.Write("flexcore.yaml", $"catalog: {kind}\n").Write("shop.json", """{"host":"db","password":"${secret.shop}"}""").Write("other.json", """{"host":"é"}""");

        var version = (await project.FlexCoreAsync("catalog", "put", "connection", "shop", "shop.json", "--json")).ShouldExitWith(0).Json.GetProperty("version").GetString()!;
        (await project.FlexCoreAsync("catalog", "put", "connection", "other", "other.json")).ShouldExitWith(0).Output.ShouldMatch("^connection other is at version [0-9a-f]{32}\n$");
        (await project.FlexCoreAsync("catalog", "get", "connection", "other")).ShouldExitWith(0).Output.ShouldBe("{\n  \"host\": \"é\"\n}\n");
        (await project.FlexCoreAsync("catalog", "list", "connection")).ShouldExitWith(0).Output.ShouldMatch($"^NAME +VERSION +FIELDS\nother +[0-9a-f]{{12}} +host\nshop +{version[..12]} +host password\n$");

        (await project.FlexCoreAsync("catalog", "put", "connection", "shop", "other.json", "--if-version", "0")).ShouldExitWith(2).Error.ShouldContain($"error[FX1052]: connection shop is at version {version}, and not at 0");
        (await project.FlexCoreAsync("catalog", "put", "connection", "shop", "other.json", "--if-version", version)).ShouldExitWith(0);
        (await project.FlexCoreAsync("catalog", "delete", "connection", "shop")).ShouldExitWith(0).Output.ShouldBe("connection shop deleted\n");
        (await project.FlexCoreAsync("catalog", "get", "connection", "shop")).ShouldExitWith(2).Error.ShouldContain("error[FX1050]: there is no connection shop in the catalog");

        var events = await project.EventsAsync("--stream", "catalog-connection.shop");
        events.Select(item => item.GetProperty("type").GetString()).ShouldBe(["CatalogChanged", "CatalogChanged", "CatalogChanged"]);
        events[0].GetProperty("data").GetProperty("document").GetProperty("password").GetString().ShouldBe("${secret.shop}");
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Secret_that_is_written_out_is_refused_and_nowhere_to_be_found()
    {
        using var project = new TestProject();
        project.Write("shop.json", """{"password":"canary"}""");

        var refused = (await project.FlexCoreAsync("catalog", "put", "connection", "shop", "shop.json")).ShouldExitWith(2);

        refused.Error.ShouldContain("error[FX1037]: connection shop: the value of password is written out");
        refused.Error.ShouldNotContain("canary");
        (await project.EventsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Step_gets_the_fields_of_a_connection_and_nobody_sees_the_secret_in_it()
    {
        using var project = new TestProject();
        (await project.SetSecretAsync("shop", "canary value")).ShouldExitWith(0);
        project.Write("shop.json", """{"host":"db","port":5432,"password":"${secret.shop}"}""")
            .Write("plugins/job/plugin.yaml", "name: job\nversion: 1.0.0\nkind: task\nprotocol: task\ncommand: [python3, job.py]\n")
            .Write("plugins/job/job.py", "import json, sys\ninput = json.load(sys.stdin)['input']\nassert input['password'] == 'canary value', input\nprint('at', input['at'], type(input['port']).__name__, 'with', input['password'])\n")
            .Write("pipeline.yaml", "name: p\nsteps:\n  - id: one\n    task: { plugin: job, input: { at: \"${connection.shop.host}:${connection.shop.port}\", port: \"${connection.shop.port}\", password: \"${connection.shop.password}\" } }\n");

        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error.ShouldContain("error[FX1015]: pipeline.yaml:4:39: there is no connection 'shop' in the catalog");
        (await project.FlexCoreAsync("catalog", "put", "connection", "shop", "shop.json")).ShouldExitWith(0);
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(0);
        var run = (await project.FlexCoreAsync("run", "pipeline.yaml", "--verbose")).ShouldExitWith(0);

        (await project.FlexCoreAsync("runs", "logs", "latest")).ShouldExitWith(0).Output.ShouldContain("at db:5432 int with ***");
        foreach (var said in new[] { run.Output + run.Error, (await project.FlexCoreAsync("events", "export")).Output }) said.ShouldNotContain("canary");
        (await project.EventsAsync("--type", "SecretMounted")).ShouldHaveSingleItem().GetProperty("data").GetProperty("name").GetString().ShouldBe("shop");
    }

    [Fact]
    public async Task Catalog_goes_from_place_to_place_and_is_used_there()
    {
        using var project = new TestProject();
        project.Write("flexcore.yaml", "").Write("shop.json", """{"host":"db"}""");
        foreach (var name in new[] { "a", "b" }) (await project.FlexCoreAsync("catalog", "put", "connection", name, "shop.json")).ShouldExitWith(0);

        var moved = (await project.FlexCoreAsync("catalog", "migrate", "--from", "sql", "--to", $"json-folder:{project.PathOf("kept")}", "--json")).ShouldExitWith(0).Json;
        (moved.GetProperty("entries").GetInt64(), moved.GetProperty("changed").GetInt64()).ShouldBe((2, 2));
        File.ReadAllText(project.PathOf("kept/connection/a.json")).ShouldBe("{\n  \"host\": \"db\"\n}\n");
        (await project.FlexCoreAsync("catalog", "migrate", "--from", "sql", "--to", "json-folder:kept")).ShouldExitWith(0).Output.ShouldContain($"the same 2 entries (SHA-256 {moved.GetProperty("sha256").GetString()}); 0 were changed");

        project.Write("flexcore.yaml", $"catalog: {{ kind: json-folder, path: {project.PathOf("kept")} }}\n");
        (await project.FlexCoreAsync("catalog", "delete", "connection", "a")).ShouldExitWith(0);
        (await project.EventsAsync("--stream", "catalog-connection.a")).Count.ShouldBe(2, "what has gone along is nothing new");
        (await project.FlexCoreAsync("catalog", "migrate", "--from", "json-folder", "--to", "sql")).ShouldExitWith(0).Output.ShouldContain("the same 1 entries");
        foreach (var wrong in new[] { "sql:x", "things", "json-file:" }) (await project.FlexCoreAsync("catalog", "migrate", "--from", "sql", "--to", wrong)).ShouldExitWith(2).Error.ShouldContain("is no place of a catalog");
        (await project.FlexCoreAsync("catalog", "migrate", "--from", "sql", "--to", "sql")).ShouldExitWith(2).Error.ShouldContain("the same place");
        (await project.FlexCoreAsync("catalog", "migrate", "--from", "sql", "--to", "json-folder")).ShouldExitWith(2).Error.ShouldContain("the place that is in use");
    }
}
