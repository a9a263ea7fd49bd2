using System.Net;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd;

/// <summary>The history of a project: signed as it grows, verified, and proven to others.</summary>
public sealed class ProvableHistoryTests
{
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_is_signed_at_its_end_and_its_history_is_intact()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);

        var report = (await project.FlexCoreAsync("events", "verify", "--json")).ShouldExitWith(0).Json;

        report.GetProperty("ok").GetBoolean().ShouldBeTrue();
        report.GetProperty("signatures_verified").GetBoolean().ShouldBeTrue();
        report.GetProperty("violations").GetArrayLength().ShouldBe(0);
        (await File.ReadAllLinesAsync(project.PathOf(".flexcore/checkpoint.txt"), Token))[1].ShouldBe(report.GetProperty("head_position").GetInt64().ToString());
        File.GetUnixFileMode(project.PathOf(".flexcore/keys/log.pem")).ShouldBe(OwnerReadsAndWrites);
        (await project.EventTypesAsync("--stream", "log-keys")).ShouldBe(["SigningKeyAdded"]);
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0).Output.ShouldContain("the history is intact");
    }

    [Fact]
    public async Task Proofs_are_checked_by_the_auditors_script_with_nothing_but_the_public_key()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await File.WriteAllTextAsync(project.PathOf("key.pem"), (await project.FlexCoreAsync("events", "key")).ShouldExitWith(0).Output, Token);
        (await project.FlexCoreAsync("events", "prove", "5", "--out", "proof.json")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "prove", "--consistency", "3", "9", "--out", "growth.json")).ShouldExitWith(0);

        (await CheckAsync(project, "proof.json")).ShouldExitWith(0).Output.ShouldContain("ok: event 5");
        (await CheckAsync(project, "growth.json")).ShouldExitWith(0).Output.ShouldContain("begins with all 3 events");

        var proof = JsonNode.Parse(await File.ReadAllTextAsync(project.PathOf("proof.json"), Token))!;
        proof["event"]!["type"] = "PipelineCompleted";
        await File.WriteAllTextAsync(project.PathOf("forged.json"), proof.ToJsonString(), Token);
        (await CheckAsync(project, "forged.json")).ShouldExitWith(1).Output.ShouldContain("FAILED");
    }

    [Theory]
    [InlineData("UPDATE events SET event_data = CAST(replace(CAST(event_data AS TEXT), '{', '{ ') AS BLOB) WHERE position = 6", "changed", 6)]
    [InlineData("DELETE FROM events WHERE position = 6", "removed", 6)]
    [InlineData("UPDATE events SET event_data = CAST('{}' AS BLOB) WHERE position = 1", "changed", 1)]
    [InlineData("UPDATE events SET event_data = CAST('[' AS BLOB) WHERE position = 1", "changed", 1)]
    [InlineData("UPDATE events SET event_data = CAST('{\"key_id\":\"1\",\"public_key\":\"x\"}' AS BLOB) WHERE position = 1", "changed", 1)]
    [InlineData("UPDATE events SET hash = x'00' WHERE position = 1", "changed", 1)]
    public async Task Change_in_the_database_is_named_with_its_place_and_is_exit_code_4(string sql, string kind, long position)
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await ChangeAsync(project, sql);

        var result = (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(4);
        var report = (await project.FlexCoreAsync("events", "verify", "--json")).ShouldExitWith(4).Json;

        result.Output.ShouldContain($"{kind} at {position}");
        result.Error.ShouldContain("error[FX7001]");
        report.GetProperty("ok").GetBoolean().ShouldBeFalse();
        var violation = report.GetProperty("violations")[0];
        (violation.GetProperty("kind").GetString(), violation.GetProperty("position").GetInt64()).ShouldBe((kind, position));
    }

    [Fact]
    public async Task Log_that_was_thrown_away_is_found_by_a_checkpoint_that_was_kept_elsewhere()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        File.Copy(project.PathOf(".flexcore/checkpoint.txt"), project.PathOf("kept.txt"));
        foreach (var file in Directory.GetFiles(project.PathOf(".flexcore"), "flexcore.db*")) File.Delete(file);
        (await project.RunAsync("--full-refresh")).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "verify", "--against", "kept.txt")).ShouldExitWith(4);
    }

    [Fact]
    public async Task Proof_of_an_event_that_was_changed_is_not_written()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await ChangeAsync(project, "UPDATE events SET event_data = CAST(replace(CAST(event_data AS TEXT), '{', '{ ') AS BLOB) WHERE position = 6");

        (await project.FlexCoreAsync("events", "prove", "6")).ShouldExitWith(4).Error.ShouldContain("error[FX7001]");
        (await project.FlexCoreAsync("events", "prove", "5")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Copy_of_the_log_in_another_store_is_verified_against_the_checkpoints_of_the_original()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await File.WriteAllTextAsync(project.PathOf("key.pem"), (await project.FlexCoreAsync("events", "key")).ShouldExitWith(0).Output, Token);
        (await project.FlexCoreAsync("events", "export", "log.jsonl")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "import", "log.jsonl", "--data", "copy")).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "verify", "--data", "copy", "--against", ".flexcore/checkpoint.txt", "--key", "key.pem")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "export", "again.jsonl", "--data", "copy")).ShouldExitWith(0);
        (await File.ReadAllBytesAsync(project.PathOf("again.jsonl"), Token)).ShouldBe(await File.ReadAllBytesAsync(project.PathOf("log.jsonl"), Token));
        (await project.FlexCoreAsync("events", "key", "--data", "copy")).ShouldExitWith(2).Error.ShouldContain("error[FX1050]");
    }

    [Fact]
    public async Task Growth_is_proven_from_a_checkpoint_that_was_kept_elsewhere()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await File.WriteAllTextAsync(project.PathOf("key.pem"), (await project.FlexCoreAsync("events", "key")).ShouldExitWith(0).Output, Token);
        File.Copy(project.PathOf(".flexcore/checkpoint.txt"), project.PathOf("kept.txt"));
        var size = int.Parse((await File.ReadAllLinesAsync(project.PathOf("kept.txt"), Token))[1]);
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "prove", "--consistency", "kept.txt", $"{size + 3}", "--out", "growth.json")).ShouldExitWith(0);

        (await CheckAsync(project, "growth.json")).ShouldExitWith(0).Output.ShouldContain($"begins with all {size} events");
        JsonNode.Parse(await File.ReadAllTextAsync(project.PathOf("growth.json"), Token))!["old"]!.GetValue<string>().ShouldBe(await File.ReadAllTextAsync(project.PathOf("kept.txt"), Token));
    }

    [Fact]
    public async Task Checkpoint_of_the_data_directory_that_was_overwritten_is_one_of_the_changes_that_are_named()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await File.WriteAllTextAsync(project.PathOf(".flexcore/checkpoint.txt"), "garbage", Token);
        await ChangeAsync(project, "DELETE FROM events WHERE position = 6");

        var found = (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(4).Output;

        found.ShouldContain("removed at 6");
        found.ShouldContain("checkpoint.txt is no signed checkpoint any more");
    }

    [Fact]
    public async Task Verification_goes_on_where_the_last_one_has_ended()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        var first = (await project.FlexCoreAsync("events", "verify", "--json")).ShouldExitWith(0).Json;
        (await project.RunAsync()).ShouldExitWith(0);

        var second = (await project.FlexCoreAsync("events", "verify", "--since-last", "--json")).ShouldExitWith(0).Json;

        second.GetProperty("after_position").GetInt64().ShouldBe(first.GetProperty("head_position").GetInt64());
        (first.GetProperty("events").GetInt64() + second.GetProperty("events").GetInt64()).ShouldBe(second.GetProperty("head_position").GetInt64());
    }

    [Fact]
    public async Task Key_can_be_changed_and_older_checkpoints_stay_valid()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        await File.WriteAllTextAsync(project.PathOf("old.pem"), (await project.FlexCoreAsync("events", "key")).ShouldExitWith(0).Output, Token);
        File.Delete(project.PathOf(".flexcore/keys/log.pem"));
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.EventTypesAsync("--stream", "log-keys")).ShouldBe(["SigningKeyAdded", "SigningKeyAdded"]);
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
        (await project.FlexCoreAsync("events", "verify", "--key", "old.pem")).ShouldExitWith(4).Output.ShouldContain("re-signed");
    }

    [Fact]
    public async Task Checkpoints_are_sent_to_an_address_and_one_that_is_away_fails_nothing()
    {
        using var project = new TestProject().Sync();
        using var listener = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort()}/checkpoints/";
        listener.Prefixes.Add(address);
        listener.Start();
        project.Variables["FLEXCORE__STORE__CHECKPOINTS__PUBLISH"] = address;
        var taken = TakeAsync(listener);
        (await project.RunAsync()).ShouldExitWith(0);
        (await taken.WaitAsync(TimeSpan.FromSeconds(20), Token)).ShouldStartWith("flexcore/");
        listener.Stop();

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("warning[FX3031]");
        project.Variables.Clear();
        (await project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
    }

    [Theory]
    [InlineData(2, "FX1001", "prove")]
    [InlineData(2, "FX1001", "prove", "1", "--consistency", "1", "2")]
    [InlineData(2, "FX1050", "prove", "4711")]
    [InlineData(2, "FX1050", "prove", "0")]
    [InlineData(2, "FX1050", "prove", "--consistency", "1", "4711")]
    [InlineData(2, "FX1007", "verify", "--against", "pipeline.yaml")]
    [InlineData(2, "FX1007", "verify", "--key", "pipeline.yaml")]
    [InlineData(2, "FX1002", "verify", "--against", "missing.txt")]
    public async Task Bad_usage_is_refused(int exitCode, string code, params string[] arguments)
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync(["events", .. arguments])).ShouldExitWith(exitCode).Error.ShouldContain($"error[{code}]");
    }

    [Theory]
    [InlineData("FLEXCORE__STORE__CHECKPOINTS__EVENTS", "0")]
    [InlineData("FLEXCORE__STORE__CHECKPOINTS__SECONDS", "soon")]
    [InlineData("FLEXCORE__STORE__CHECKPOINTS__PUBLISH", "ftp://example.org")]
    [InlineData("FLEXCORE__STORE__CHECKPOINTS__SIZE", "1")]
    public async Task Setting_that_makes_no_sense_is_refused_by_name(string name, string value)
    {
        using var project = new TestProject().Sync();
        project.Variables[name] = value;

        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain(name);
    }

    private static Task<CommandResult> CheckAsync(TestProject project, string proof) =>
        Command.RunAsync("/usr/bin/python3", [Path.Combine(Repository.Root, "docs", "verify.py"), proof, "--key", "key.pem"], project.Folder, project.Variables);

    private static async Task ChangeAsync(TestProject project, string sql) => (await Command.RunAsync(
        "/usr/bin/python3",
        ["-c", "import sqlite3, sys; store = sqlite3.connect(sys.argv[1]); store.executescript(sys.argv[2])", project.PathOf(".flexcore/flexcore.db"), sql],
        project.Folder,
        project.Variables)).ShouldExitWith(0);

    private static async Task<string> TakeAsync(HttpListener listener)
    {
        var context = await listener.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream);
        var note = await reader.ReadToEndAsync(Token);
        context.Response.Close();
        return note;
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
