using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Steps inside the runtime, as a user has them.</summary>
public sealed class BuiltInStepTests
{
    private const string Token = "canary-7f3a+9b/&<x>";
    private const string Orders = """{"orders":[{"id":1,"total":5},{"id":2,"total":50.10},{"id":3,"total":500}],"meta":{"day":"monday"},"you":"canary-7f3a+9b/&<x>"}""";

    [Fact]
    public async Task Orders_of_a_service_that_is_busy_at_first_end_in_a_database_and_the_token_is_seen_by_nobody_else()
    {
        await using var service = new WebhookServer(count => count == 1 ? WebhookServer.Answer("503 Service Unavailable", "Retry-After: 0\r\n") : WebhookServer.Answer("200 OK", body: Orders));
        using var project = Shop(service);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);

        var run = (await project.RunAsync("--json")).ShouldExitWith(0);

        run.Json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("status").GetString()).ShouldAllBe(status => status == "succeeded");
        service.Requests.Count.ShouldBe(2);
        service.Requests.ShouldAllBe(request => request.Head.Contains($"Authorization: Bearer {Token.Trim()}") && request.Head.StartsWith("GET /orders?day=monday%20%26%20more HTTP/1.1"));
        (await File.ReadAllTextAsync(project.PathOf("out/big.csv"), TestContext.Current.CancellationToken)).ShouldBe("id,total,day\n2,50.1,monday\n3,500,monday\n");
        (await QueryAsync(project, "SELECT count(*) FROM orders")).ShouldBe("2\n");
        (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0).Output.ShouldContain("store");
        (await project.FlexCoreAsync("runs", "logs", "latest")).ShouldExitWith(0).Output.ShouldContain("2 rows loaded into orders");
        var ended = (await project.EventsAsync("--type", "StepSucceeded")).Select(item => item.GetProperty("data")).ToList();
        ended.Count.ShouldBe(3);
        JsonElement.DeepEquals(ended[2].GetProperty("output"), JsonElement.Parse("""{"changed":0,"loaded":2,"read":2,"first":{"id":2,"total":50.1,"day":"monday"}}""")).ShouldBeTrue(ended[2].ToString());
        await ShouldBeSeenNowhereAsync(project, run);

        // Done again it is the same: the table is emptied and filled in one transaction.
        (await project.RunAsync()).ShouldExitWith(0);
        (await QueryAsync(project, "SELECT count(*) FROM orders")).ShouldBe("2\n");
    }

    [Fact]
    public async Task What_the_service_refuses_fails_the_step_and_the_token_is_seen_by_nobody_else()
    {
        await using var service = new WebhookServer(_ => WebhookServer.Answer("403 Forbidden", body: $"not for {Token}"));
        using var project = Shop(service);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);

        var run = (await project.RunAsync()).ShouldExitWith(1);

        run.Error.ShouldContain("answers 403: not for ***");
        (await project.EventsAsync("--type", "StepFailed"))[0].GetProperty("data").GetProperty("code").GetString().ShouldBe("FX5012");
        service.Requests.Count.ShouldBe(1);
        await ShouldBeSeenNowhereAsync(project, run);
    }

    [Fact]
    public async Task Step_that_waits_for_an_answer_is_cancelled_at_once()
    {
        await using var service = new WebhookServer(_ => "");
        using var project = Shop(service);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);
        await using var run = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => Task.FromResult(service.Requests.Count > 0), "the service was asked");

        await run.SignalAsync("TERM");

        (await run.EndAsync()).ShouldExitWith(130);
        (await project.EventsOfLatestRunAsync())[^1].ShouldBe("PipelineCancelled");
    }

    [Fact]
    public async Task Run_that_is_killed_while_it_loads_leaves_nothing_and_the_next_one_does_all_of_it()
    {
        await using var service = new WebhookServer(count => count == 1 ? "" : WebhookServer.Answer("200 OK", body: Orders));
        using var project = Shop(service);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);
        await using (var run = project.StartFlexCore("run", "pipeline.yaml"))
        {
            await Until.TrueAsync(() => Task.FromResult(service.Requests.Count > 0), "the service was asked");
            await run.SignalAsync("KILL");
            await run.EndAsync();
        }

        File.Exists(project.PathOf("shop.db")).ShouldBeFalse();
        (await project.RunAsync()).ShouldExitWith(0);

        (await QueryAsync(project, "SELECT count(*) FROM orders")).ShouldBe("2\n");
        (await project.EventTypesAsync("--type", "PipelineInterrupted")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Step_that_takes_too_long_is_ended_and_tried_again()
    {
        await using var service = new WebhookServer(count => count == 1 ? "" : WebhookServer.Answer("200 OK", body: "{}"));
        using var project = new TestProject().Write("pipeline.yaml", $"name: p\nsteps:\n  - id: ask\n    timeout: 500ms\n    retry: {{ attempts: 2, initial: 1ms, on: [timeout] }}\n    http: {{ url: \"{service.Url}\" }}\n");

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("it took longer than its timeout of 0.5 s");
    }

    [Fact]
    public async Task Dry_run_asks_nobody_and_changes_nothing()
    {
        await using var service = new WebhookServer();
        using var project = Shop(service);
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);

        (await project.RunAsync("--dry-run")).ShouldExitWith(0);

        service.Requests.ShouldBeEmpty();
        File.Exists(project.PathOf("shop.db")).ShouldBeFalse();
        Directory.Exists(project.PathOf("out")).ShouldBeFalse();
    }

    [Fact]
    public async Task Work_on_a_database_that_fails_leaves_it_and_the_files_as_they_were()
    {
        using var project = new TestProject()
            .Write("rows.csv", "id\n1\n1\n")
            .Write("out/rows.csv", "before")
            .Write(
                "pipeline.yaml",
                """
                name: p
                steps:
                  - id: store
                    sql:
                      sqlite: ./shop.db
                      do:
                        - execute: CREATE TABLE t (id INTEGER PRIMARY KEY)
                        - read: { query: SELECT * FROM t, save: ./out/rows.csv }
                        - load: { file: ./rows.csv, table: t }
                """);

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("UNIQUE constraint failed: t.id");

        (await QueryAsync(project, "SELECT count(*) FROM sqlite_master")).ShouldBe("0\n");
        Directory.GetFiles(project.PathOf("out")).ShouldBe([project.PathOf("out/rows.csv")]);
        (await File.ReadAllTextAsync(project.PathOf("out/rows.csv"), TestContext.Current.CancellationToken)).ShouldBe("before");
    }

    [Fact]
    public async Task Redirection_to_another_server_goes_there_without_the_token_and_only_if_it_is_named()
    {
        await using var other = new WebhookServer(_ => WebhookServer.Answer("200 OK", body: "\"there\""));
        await using var service = new WebhookServer(_ => WebhookServer.Answer("302 Found", $"Location: {other.Url}\r\n"));
        using var project = new TestProject().Write("pipeline.yaml", Pipeline(""));
        (await project.SetSecretAsync("token", Token)).ShouldExitWith(0);

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("leads to another server");
        other.Requests.ShouldBeEmpty();
        project.Write("pipeline.yaml", Pipeline($"redirects: [\"{new Uri(other.Url).Authority}\"], "));
        (await project.RunAsync()).ShouldExitWith(0);

        var head = other.Requests.ShouldHaveSingleItem().Head;
        head.ShouldNotContain("canary");
        head.ShouldNotContain("X-Key");

        string Pipeline(string redirects) => $"name: p\nsteps:\n  - id: ask\n    http: {{ url: \"{service.Url}\", {redirects}headers: {{ X-Key: \"${{secret.token}}\" }}, auth: {{ bearer: \"${{secret.token}}\" }} }}\n";
    }

    private static TestProject Shop(WebhookServer service) => new TestProject().Write("flexcore.yaml", "").Write(
        "pipeline.yaml",
        $$"""
        name: p
        vars: { day: monday & more }
        steps:
          - id: fetch
            http:
              url: {{new Uri(service.Url).GetLeftPart(UriPartial.Authority)}}/orders
              query: { day: "${vars.day}" }
              auth: { bearer: "${secret.token}" }
              output: { day: /meta/day }
          - id: big
            needs: [fetch]
            json:
              input: "${steps.fetch.output.body}"
              select: /orders
              where: total > 10
              reshape: { id: /id, total: /total }
              save: ./out/big.jsonl
          - id: store
            needs: [big]
            sql:
              sqlite: ./shop.db
              parameters: { day: "${steps.fetch.output.day}" }
              do:
                - execute: CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, total REAL); DELETE FROM orders
                - load: { file: ./out/big.jsonl, table: orders }
                - read: { query: "SELECT id, total, @day AS day FROM orders ORDER BY id", save: ./out/big.csv }
        """);

    private static async Task<string> QueryAsync(TestProject project, string sql) => (await Command.RunAsync("/usr/bin/sqlite3", [project.PathOf("shop.db"), sql], project.Folder)).ShouldExitWith(0).Output;

    private static async Task ShouldBeSeenNowhereAsync(TestProject project, CommandResult run)
    {
        (run.Output + run.Error).ShouldNotContain("canary");
        JsonSerializer.Serialize(await project.EventsAsync()).ShouldNotContain("canary");
        (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Output.ShouldNotContain("canary");
        foreach (var file in Directory.EnumerateFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories).Where(file => !file.Contains("/secrets", StringComparison.Ordinal)))
            (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf("canary"u8).ShouldBe(-1, file);
    }
}
