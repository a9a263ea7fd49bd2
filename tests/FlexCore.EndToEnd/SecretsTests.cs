using System.Text;
using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Secrets on their way to plugins, which get them and tell everybody.</summary>
public sealed class SecretsTests
{
    [Fact]
    public async Task Plugins_get_their_secrets_and_nothing_that_leaves_the_runtime_has_one_of_them()
    {
        using var project = await CanarySecrets.ProjectAsync();
        var run = (await project.RunAsync("--verbose")).ShouldExitWith(1);

        // The data is the users' own: it arrives as it is.
        var record = JsonDocument.Parse(project.Received.Split('\n')[1]).RootElement.GetProperty("record");
        (record.GetProperty("token").GetString(), record.GetProperty("key").GetString()).ShouldBe((CanarySecrets.Token, CanarySecrets.Key));

        // What was told, was told without them.
        run.Error.ShouldContain("tap: ERROR it is ***");
        run.Error.ShouldContain("step job: job ended with exit code 3; its last line: the key is ***");
        run.Error.ShouldContain($"{new string('x', 65520)}…");
        List<CommandResult> told = [run];
        foreach (var command in new[] { "runs show latest", "runs show latest --json", "runs logs latest", "events list --json --limit 1000", "deadletters list --json", "plugin show tap --json", "events export", "state get p", "secrets list --json" })
            told.Add((await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(0));
        foreach (var letter in told[5].Json.EnumerateArray()) told.Add((await project.FlexCoreAsync("deadletters", "show", letter.GetProperty("id").GetString()!)).ShouldExitWith(0));
        foreach (var result in told) CanarySecrets.ShouldHideAll(Encoding.UTF8.GetBytes(result.Output + result.Error), string.Join('\n', result.Output.Split('\n').Take(3)));

        told[5].Json.EnumerateArray().Select(letter => letter.GetProperty("masked").GetBoolean()).ShouldBe([true, true]);
        told[2].Json.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("streams").EnumerateObject()).Select(stream => stream.Name).ShouldBe(["s", "of ***"]);

        // Nor is any of them on disk.
        var files = Directory.GetFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories);
        files.Select(file => Path.GetFileName(file)).ShouldContain("deadletters.db");
        foreach (var file in files) CanarySecrets.ShouldHideAll(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);
        Directory.Exists(project.PathOf(".flexcore/cache/catalogs")).ShouldBeFalse("the catalog has a secret in it");

        // That they were given is on record.
        var mounted = (await project.EventsAsync("--type", "SecretMounted")).Select(item => (item.GetProperty("stream").GetString()!.Split('-')[0], item.GetProperty("data").GetProperty("name").GetString(), item.GetProperty("data").GetProperty("place").GetString())).Distinct();
        mounted.ShouldBe(
        [
            ("execution", "token", "/run/flexcore/config.json"),
            ("execution", "api_key", "/run/secrets/api_key"),
            ("execution", "token", "stdin"),
        ], ignoreOrder: true);
        (await project.EventsAsync("--type", "PipelineCreated"))[0].GetProperty("data").GetProperty("definition").GetProperty("steps")[0].GetProperty("sync").GetProperty("from").GetProperty("config").GetProperty("token").GetString().ShouldBe("${secret.token}");
    }

    [Fact]
    public async Task While_a_plugin_has_a_secret_it_is_in_no_command_line_and_no_environment()
    {
        using var project = await CanarySecrets.ProjectAsync("""
            import time
            if "--discover" not in sys.argv:
                print("READY", file=sys.stderr, flush=True)
                while not os.path.exists(os.path.join(document["go"], "go")): time.sleep(0.02)
            """);
        Directory.CreateDirectory(project.PathOf("go"));
        await using var running = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => running.ErrorSoFar.Contains("READY", StringComparison.Ordinal), "the tap has its secrets");

        var looked = 0;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)))
        {
            foreach (var file in (string[])["cmdline", "environ"])
            {
                if (Read(Path.Combine(process, file)) is not { } content) continue;
                CanarySecrets.ShouldHideAll(content, $"{process}/{file}");
                looked++;
            }
        }

        looked.ShouldBeGreaterThan(10);
        await File.WriteAllTextAsync(project.PathOf("go/go"), "", TestContext.Current.CancellationToken);
        (await running.EndAsync()).Error.ShouldContain("tap: ERROR it is ***");
    }

    [Fact]
    public async Task State_with_a_secret_in_it_is_not_kept_and_fails_the_step()
    {
        using var project = new TestProject().Sync(
            """
            import json, sys
            token = json.load(open(sys.argv[sys.argv.index("--config") + 1]))["token"]
            print(json.dumps({"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": []}))
            print(json.dumps({"type": "STATE", "value": {"next": "https://host/?key=" + token}}))
            """,
            from: ", config: { token: \"${secret.token}\" }");
        (await project.SetSecretAsync("token", CanarySecrets.Token)).ShouldExitWith(0);

        var run = (await project.RunAsync()).ShouldExitWith(1);

        run.Error.ShouldContain("error[FX2022]: step load: a STATE that came back holds the value of a secret of the step, and is not kept");
        (await project.EventsAsync("--type", "StateCommitted")).ShouldBeEmpty();
        foreach (var file in Directory.GetFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories)) CanarySecrets.ShouldHideAll(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);
    }

    [Theory]
    [InlineData("secrets: env\n")]
    [InlineData("secrets: { kind: file, folder: FOLDER }\n")]
    public async Task Secrets_come_from_the_environment_or_a_folder_where_the_project_says_so(string settings)
    {
        using var project = TaskWithSecret();
        project.Write("flexcore.yaml", settings.Replace("FOLDER", project.PathOf("mounted"), StringComparison.Ordinal));
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1019]: pipeline.yaml:4:42: there is no secret token");

        if (settings.Contains("env", StringComparison.Ordinal)) project.Variables["FLEXCORE_SECRET_TOKEN"] = CanarySecrets.Token;
        else project.Write("mounted/token", CanarySecrets.Token + "\n");

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("job: it is ***, of 25 characters, in 0 variables");
        (await project.FlexCoreAsync("secrets", "list")).ShouldExitWith(0).Output.ShouldContain("token");
        (await project.SetSecretAsync("token", CanarySecrets.Token)).ShouldExitWith(2).Error.ShouldContain("error[FX1034]");
        (await project.FlexCoreAsync("secrets", "delete", "token")).ShouldExitWith(2).Error.ShouldContain("error[FX1034]");
        File.Exists(project.PathOf(".flexcore/secrets.json")).ShouldBeFalse();
    }

    [Fact]
    public async Task Normal_user_s_plugin_reads_its_secrets_too()
    {
        Repository.RequireRoot();
        using var project = TaskWithSecret("capabilities: { secrets: [token] }", "grants: { job: { secrets: [token] } }");
        (await project.SetSecretAsync("token", CanarySecrets.Token)).ShouldExitWith(0);
        await NormalUser.OwnAsync(project.Folder);

        (await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0).Error.ShouldContain("job: it is ***, of 25 characters, in 0 variables; files: ['token']");
    }

    [Fact]
    public async Task Missing_secrets_and_grants_are_told_by_validate_which_leaves_nothing_behind()
    {
        using var project = TaskWithSecret("capabilities: { secrets: [api_key] }");

        var refused = (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2).Error;

        refused.ShouldContain("error[FX1019]: pipeline.yaml:4:42: there is no secret token");
        refused.ShouldContain("Set it with `flexcore secrets set token`.");
        refused.ShouldContain("error[FX1030]: pipeline.yaml:4:21: plugin job asks for what nobody has granted: secret api_key");
        refused.ShouldContain("job: { secrets: [api_key] }");
        (await project.FlexCoreAsync("validate", "pipeline.yaml", "--grant", "all")).ShouldExitWith(2).Error.ShouldContain("error[FX1019]: pipeline.yaml:4:21: there is no secret api_key");
        Directory.Exists(project.PathOf(".flexcore")).ShouldBeFalse();
    }

    private static TestProject TaskWithSecret(string more = "", string grants = "")
    {
        var project = new TestProject().Task(
            """
            import json, os, sys
            token = json.load(sys.stdin)["input"]["token"]
            files = os.listdir("/run/secrets") if os.path.exists("/run/secrets") else []
            for name in files: assert open("/run/secrets/" + name).read() == token
            print("it is %s, of %d characters, in %d variables; files: %s" % (token, len(token), sum(token in value for value in os.environ.values()), files))
            """,
            more,
            "{ plugin: job, input: { token: \"${secret.token}\" } }");
        return project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).TrimEnd('\n') + $"\n{grants}\n");
    }

    /// <summary>A sync whose tap and a task whose program tell their secrets, and fail.</summary>
    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
