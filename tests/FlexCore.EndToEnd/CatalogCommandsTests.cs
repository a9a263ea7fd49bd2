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
}
