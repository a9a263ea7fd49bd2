using System.Security.Cryptography;

namespace FlexCore.EndToEnd;

/// <summary>Secrets by the command line.</summary>
public sealed class SecretsCommandsTests
{
    [Fact]
    public async Task Secret_is_set_listed_and_deleted_and_never_shown()
    {
        using var project = new TestProject();

        (await project.SetSecretAsync("api_key", "canary one\n")).ShouldExitWith(0).Output.ShouldBe("secret api_key set\n");
        (await project.SetSecretAsync("api_key", "canary two\r\n")).ShouldExitWith(0);
        (await project.SetSecretAsync("token", "канарейка")).ShouldExitWith(0);
        var listed = (await project.FlexCoreAsync("secrets", "list", "--json")).ShouldExitWith(0);
        (await project.FlexCoreAsync("secrets", "list")).ShouldExitWith(0).Output.Split('\n').Select(line => line.Split(' ')[0]).ShouldBe(["SECRET", "api_key", "token", ""]);
        (await project.FlexCoreAsync("secrets", "delete", "api_key")).ShouldExitWith(0).Output.ShouldBe("secret api_key deleted\n");
        (await project.FlexCoreAsync("secrets", "delete", "api_key")).ShouldExitWith(2).Error.ShouldContain("error[FX1019]: there is no secret api_key");

        listed.Json.EnumerateArray().Select(secret => secret.GetProperty("name").GetString()).ShouldBe(["api_key", "token"]);
        listed.Json[0].GetProperty("set_at").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        var events = await project.EventsAsync("--stream", "secret-api_key");
        events.Select(item => item.GetProperty("type").GetString()).ShouldBe(["SecretSet", "SecretSet", "SecretDeleted"]);
        events.ShouldAllBe(item => item.GetProperty("data").GetProperty("name").GetString() == "api_key" && item.GetProperty("metadata").GetProperty("actor").GetString() == Environment.UserName);
        foreach (var file in Directory.GetFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories)) (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf("canary"u8).ShouldBe(-1, file);
    }

    [Theory]
    [InlineData("", "api_key", "FX1033")]
    [InlineData("abc\n", "api_key", "FX1033")]
    [InlineData("ab\0canary", "api_key", "FX1033")]
    [InlineData("canary", "API_KEY", "FX1014")]
    [InlineData("canary", "../x", "FX1014")]
    public async Task Bad_name_or_value_is_refused_without_being_shown(string value, string name, string code)
    {
        using var project = new TestProject();

        var refused = (await project.SetSecretAsync(name, value)).ShouldExitWith(2);

        refused.Error.ShouldContain($"error[{code}]");
        refused.Error.ShouldNotContain("canary");
        (await project.EventsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Value_that_is_too_long_or_an_argument_is_refused()
    {
        using var project = new TestProject();

        (await project.SetSecretAsync("api_key", new string('x', 64 * 1024) + "\n")).ShouldExitWith(0);
        (await project.SetSecretAsync("api_key", new string('x', 64 * 1024 + 1))).ShouldExitWith(2).Error.ShouldContain("is longer than 64 KiB");
        (await project.SetSecretAsync("api_key", new string('x', 10 * 1024 * 1024))).ShouldExitWith(2).Error.ShouldContain("is longer than 64 KiB");
        (await project.FlexCoreAsync("secrets", "set", "api_key", "a-value")).ShouldExitWith(2).Error.ShouldContain("error[FX1001]");
    }

    /// <summary>On a terminal the value is asked for, and what is typed does not appear.</summary>
    [Fact]
    public async Task Value_is_asked_for_on_a_terminal_and_not_echoed()
    {
        using var project = new TestProject();
        const string Terminal = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "secrets", "set", "api_key"])
            seen = b""
            while b"not shown" not in seen: seen += os.read(terminal, 4096)
            os.write(terminal, b"canary typed\r")
            try:
                while piece := os.read(terminal, 4096): seen += piece
            except OSError: pass
            sys.stdout.buffer.write(seen)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

        var typed = (await Command.RunAsync("/usr/bin/python3", ["-c", Terminal, Repository.Launcher], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["TERM"] = "xterm" })).ShouldExitWith(0);

        typed.Output.ShouldContain("secret api_key set");
        typed.Output.ShouldNotContain("canary");
        project.Task("import json, sys\nassert json.load(sys.stdin)['input']['token'] == 'canary ' + 'typed'\n", step: "{ plugin: job, input: { token: \"${secret.api_key}\" } }");
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Theory]
    [InlineData("secrets: safe\n", "error[FX1012]: FILE:1:1: 'secrets' must be one of: local, env, file, vault, key-vault")]
    [InlineData("secrets: vault\n", "error[FX1011]: FILE:1:1: 'secrets.address' is missing: secrets is vault")]
    [InlineData("secrets: { kind: safe }\n", "error[FX1012]: FILE:1:12: 'secrets.kind' must be one of: local, env, file, vault, key-vault")]
    [InlineData("secrets: { kind: file, folder: relative }\n", "error[FX1012]: FILE:1:24: 'secrets.folder' must be the absolute path of a folder")]
    [InlineData("secrets: { kinf: file }\n", "error[FX1010]: FILE:1:12: 'secrets.kinf' is not a known setting; known: secrets, secrets.kind, secrets.folder, secrets.address, secrets.path, secrets.field, secrets.namespace, secrets.token, secrets.token_file, secrets.role_id, secrets.role_secret, secrets.tenant_id, secrets.client_id, secrets.client_secret, secrets.kept_for")]
    [InlineData("store: { checkpoints: { key_secret: NOT_A_NAME } }\n", "error[FX1012]: FILE:1:25: 'store.checkpoints.key_secret' must be the name of a secret")]
    public async Task Settings_are_checked_at_the_start_by_their_keys(string settings, string error)
    {
        using var project = new TestProject().Sync().Write("flexcore.yaml", settings);

        foreach (var command in new[] { "secrets list", "run pipeline.yaml", "validate pipeline.yaml" })
            (await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(2).Error.ShouldContain(error.Replace("FILE", project.PathOf("flexcore.yaml"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_is_signed_with_a_key_that_is_a_secret()
    {
        using var project = new TestProject().Write("flexcore.yaml", "store: { checkpoints: { key_secret: log_key } }\n");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await project.SetSecretAsync("other", "value of other")).ShouldExitWith(0).Error.ShouldContain("warning[FX1019]: there is no secret log_key");
        (await project.SetSecretAsync("log_key", key.ExportPkcs8PrivateKeyPem())).ShouldExitWith(0).Error.ShouldBeEmpty();

        (await project.FlexCoreAsync("events", "key")).ShouldExitWith(0).Output.Trim().ShouldBe(key.ExportSubjectPublicKeyInfoPem().Trim());
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
        File.Exists(project.PathOf(".flexcore/keys/log.pem")).ShouldBeFalse();
        (await project.SetSecretAsync("log_key", "not a key")).ShouldExitWith(0).Error.ShouldContain("warning[FX3030]");
    }
}
