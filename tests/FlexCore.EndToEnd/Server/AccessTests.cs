using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace FlexCore.EndToEnd.Server;

/// <summary>Who may ask a server for what.</summary>
public sealed class AccessTests(ServedProject server) : IClassFixture<ServedProject>
{
    private static readonly string[] All = ["viewer", "operator", "admin", "auditor"];
    private static readonly string[] Operators = ["operator", "admin"];
    private static readonly string[] Auditors = ["auditor", "admin"];
    private static readonly string[] Admins = ["admin"];

    // Every operation of the API, and the roles that may do it.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["ListPipelines"] = All, ["ShowPipeline"] = All, ["ListStates"] = All, ["ListStateVersions"] = All, ["ListBackfills"] = All,
        ["ListRuns"] = All, ["ShowRun"] = All, ["ReadRunLog"] = All, ["ListRunEvents"] = All, ["CompareRuns"] = All, ["WatchRun"] = All, ["ListQueue"] = All, ["ComparePipeline"] = All, ["ShowDefinition"] = All, ["ShowStateVersion"] = All, ["AuditPlugins"] = All,
        ["ListPlugins"] = All, ["ShowPlugin"] = All, ["ListDeadLetters"] = All, ["ListCatalog"] = All, ["ShowCatalogEntry"] = All, ["ListNodes"] = All, ["ListWorkers"] = All, ["ShowTotals"] = All, ["WhoAmI"] = All,
        ["ActivatePipeline"] = Operators, ["PausePipeline"] = Operators, ["ArchivePipeline"] = Operators, ["ChangeState"] = Operators, ["ClearState"] = Operators,
        ["StartBackfill"] = Operators, ["PauseBackfill"] = Operators, ["ResumeBackfill"] = Operators, ["CancelBackfill"] = Operators,
        ["StartRun"] = Operators, ["CancelRun"] = Operators, ["RetryRun"] = Operators, ["ShowDeadLetter"] = Operators, ["ReplayDeadLetters"] = Operators, ["DiscardDeadLetters"] = Operators, ["DrainNode"] = Operators, ["ReleaseWorker"] = Operators, ["ExecutePlugin"] = Operators,
        ["ListEvents"] = Auditors, ["ShowEvent"] = Auditors, ["ReplayStream"] = Auditors, ["ExportEvents"] = Auditors, ["VerifyEvents"] = Auditors, ["ProveEvent"] = Auditors, ["ProveGrowth"] = Auditors, ["ShowLogKey"] = Auditors, ["TestChannel"] = Operators, ["PlanPipelines"] = Operators, ["ApplyPipelines"] = Operators, ["ValidatePipeline"] = Operators,
        ["UpgradePlugin"] = Admins, ["RemovePlugin"] = Admins, ["DisablePlugin"] = Admins, ["DiscoverPlugin"] = Admins, ["EnablePlugin"] = Admins, ["GrantPlugin"] = Admins, ["RevokePlugin"] = Admins, ["ListSecrets"] = Admins, ["SetSecret"] = Admins, ["PutCatalogEntry"] = Admins, ["DeleteCatalogEntry"] = Admins, ["DeleteSecret"] = Admins,
        ["AddPlugin"] = Admins, ["DiagnoseMachine"] = Admins, ["ListTokens"] = Admins, ["CreateToken"] = Admins, ["RevokeToken"] = Admins,
    };

    // What has to stand in a body for it to be read at all.
    internal static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["StartRun"] = """{"pipeline":"nobody"}""", ["ChangeState"] = """{"value":{}}""", ["StartBackfill"] = """{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}""",
        ["PlanPipelines"] = """{"files":[{"name":"x.yaml","text":"name: X"}]}""", ["ApplyPipelines"] = """{"files":[{"name":"x.yaml","text":"name: X"}]}""", ["ValidatePipeline"] = """{"name":"x.yaml","text":"name: X"}""",
        ["ReplayDeadLetters"] = """{"letters":[]}""", ["DiscardDeadLetters"] = """{"letters":[]}""", ["SetSecret"] = """{"value":"a"}""", ["PutCatalogEntry"] = "[]", ["CreateToken"] = """{"name":"Not A Name","role":"viewer"}""",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_is_done_for_the_roles_that_may_and_refused_to_all_others()
    {
        var operations = Operations(await server.DocumentAsync()).ToList();
        operations.Select(operation => operation.Name).Order(StringComparer.Ordinal).ShouldBe(Allowed.Keys.Order(StringComparer.Ordinal), "the matrix has every operation of the document");
        foreach (var (name, method, template) in operations)
        {
            var path = Fill(template) + Query(name);
            (await server.AskAsync(method, path, role: null, Bodies.GetValueOrDefault(name))).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003");
            foreach (var role in ServedProject.Roles)
            {
                var answer = await server.AskAsync(method, path, role, Bodies.GetValueOrDefault(name));
                var isRefused = answer.Status == HttpStatusCode.Forbidden;
                isRefused.ShouldBe(!Allowed[name].Contains(role), $"{name} by {role}: {answer.Status} {answer.Text}");
                ((int)answer.Status).ShouldBeLessThan(500, $"{name} by {role}: {answer.Text}");
            }
        }

        (await server.Project.EventsAsync("--type", "AccessDenied")).Count.ShouldBe(operations.Sum(operation => ServedProject.Roles.Count - Allowed[operation.Name].Length), "each refusal is on record");
    }

    [Fact]
    public async Task Token_is_refused_when_it_is_wrong_expired_or_revoked_and_never_written_down()
    {
        var made = (await server.AskAsync(HttpMethod.Post, "/api/v1/tokens", json: """{"name":"short","role":"viewer","lifetime":"3s"}""")).ShouldBe(HttpStatusCode.Created).Json;
        var text = made.GetProperty("text").GetString()!;
        text.ShouldStartWith("flexcore_");
        var secret = text["flexcore_".Length..].Split('_', 2)[1];
        (await WhoAmIAsync(text)).ShouldBe(HttpStatusCode.OK).Json.GetProperty("name").GetString().ShouldBe("short");
        await Until.TrueAsync(async () => (await WhoAmIAsync(text)).Status != HttpStatusCode.OK, "it has expired");

        var other = (await server.AskAsync(HttpMethod.Post, "/api/v1/tokens", json: """{"name":"gone","role":"viewer"}""")).Json.GetProperty("text").GetString()!;
        (await server.AskAsync(HttpMethod.Delete, "/api/v1/tokens/gone")).ShouldBe(HttpStatusCode.NoContent);
        await Until.TrueAsync(async () => (await WhoAmIAsync(other)).Status != HttpStatusCode.OK, "it is refused within a second");

        (await server.AskAsync(HttpMethod.Get, "/api/v1/tokens")).Text.ShouldNotContain(secret);
        foreach (var file in Directory.GetFiles(server.Project.PathOf(".flexcore"), "*", SearchOption.AllDirectories))
        {
            if (new FileInfo(file).Length > 0 && !file.Contains("/tmp", StringComparison.Ordinal)) System.Text.Encoding.Latin1.GetString(await ReadSharedAsync(file)).ShouldNotContain(secret);
        }
    }

    [Fact]
    public async Task Whoever_guesses_tokens_is_slowed_and_on_record_while_others_go_on()
    {
        var guess = $"flexcore_{Guid.NewGuid():N}_{new string('A', 43)}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => WhoAmIAsync(guess)));

        answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests).ShouldBeGreaterThan(30);
        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Unauthorized || answer.Headers.RetryAfter != null);
        (await server.AskAsync(HttpMethod.Get, "/api/v1/system/whoami", "viewer")).ShouldBe(HttpStatusCode.OK);
        var refused = (await server.Project.EventsAsync("--type", "TokenRefused")).Select(item => item.GetProperty("data").GetProperty("address").GetString()).ToList();
        refused.ShouldNotBeEmpty();
        refused.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task Key_for_repeating_is_refused_where_the_answer_must_not_be_kept()
    {
        using var request = server.Request(HttpMethod.Post, "/api/v1/tokens", "admin", """{"name":"kept","role":"viewer"}""");
        request.Headers.Add("Idempotency-Key", "k");

        (await server.SendAsync(request)).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
    }

    private async Task<RestAnswer> WhoAmIAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/system/whoami");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await server.SendAsync(request);
    }

    internal static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    internal static IEnumerable<(string Name, HttpMethod Method, string Path)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Value.GetProperty("operationId").GetString()!, new HttpMethod(operation.Name.ToUpperInvariant()), path.Name);

    // What has to stand behind an address for it to be read at all.
    internal static string Query(string operation) => operation switch { "ListQueue" => "?where=age%20%3E%200", "ReplayStream" => "?stream=none", "ProveGrowth" => "?older=1&newer=2", _ => "" };

    // Ids of nothing: what is allowed is not found.
    private static string Fill(string path) => path
        .Replace("{run}", "01900000-0000-7000-8000-000000000000", StringComparison.Ordinal).Replace("{other}", "01900000-0000-7000-8000-000000000000", StringComparison.Ordinal)
        .Replace("{backfill}", "01900000-0000-7000-8000-000000000000", StringComparison.Ordinal).Replace("{position}", "1", StringComparison.Ordinal)
        .Replace("{pipeline}", "nobody", StringComparison.Ordinal).Replace("{step}", "nothing", StringComparison.Ordinal).Replace("{plugin}", "nobody", StringComparison.Ordinal)
        .Replace("{letter}", "none", StringComparison.Ordinal).Replace("{node}", "nowhere", StringComparison.Ordinal).Replace("{secret}", "Not-A-Name", StringComparison.Ordinal).Replace("{token}", "nobody", StringComparison.Ordinal)
        .Replace("{version}", "1", StringComparison.Ordinal).Replace("{channel}", "nobody", StringComparison.Ordinal).Replace("{kind}", "connection", StringComparison.Ordinal).Replace("{entry}", "nobody", StringComparison.Ordinal);
}
