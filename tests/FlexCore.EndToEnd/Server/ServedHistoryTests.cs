using System.Net;
using FlexCore.Client;

namespace FlexCore.EndToEnd.Server;

/// <summary>The history of a log that a server has: what auditors get without its machine.</summary>
public sealed class ServedHistoryTests : IAsyncLifetime
{
    private readonly ServedProject _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await _server.RunAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Auditor_verifies_and_gets_proofs_of_a_server_as_where_the_data_are()
    {
        (await AskAsync("events", "verify")).ShouldExitWith(0).Output.ShouldContain("the history is intact");
        await KeepAsync("key.pem", (await AskAsync("events", "key")).ShouldExitWith(0).Output);
        await KeepAsync("kept.txt", await File.ReadAllTextAsync(_server.Project.PathOf(".flexcore/checkpoint.txt"), Token));
        var size = int.Parse((await File.ReadAllLinesAsync(_server.Project.PathOf("kept.txt"), Token))[1]);
        await _server.RunAsync();
        (await AskAsync("events", "prove", "1")).ShouldExitWith(0); // Signs all that there is: nothing changes any more.
        foreach (var command in (string[])["verify --json", "verify --against kept.txt --key key.pem", "verify --against key.pem", "verify --key kept.txt", "verify --against nothing.txt", "key", "key --json", "prove 3", "prove 4711", "prove --consistency 1 4711", "prove --consistency x 2", "prove --consistency 1 x", "prove"])
            await ShouldBeTheSameAsync(["events", .. command.Split(' ')]);

        (await AskAsync("events", "prove", "5", "--out", "proof.json")).ShouldExitWith(0);
        (await AskAsync("events", "prove", "--consistency", "kept.txt", $"{size + 3}", "--out", "growth.json")).ShouldExitWith(0);
        (await CheckAsync("proof.json")).ShouldExitWith(0).Output.ShouldContain("ok: event 5");
        (await CheckAsync("growth.json")).ShouldExitWith(0).Output.ShouldContain($"begins with all {size} events");
    }

    [Fact]
    public async Task Log_is_exported_from_a_server_byte_for_byte_and_not_to_those_who_may_not_read_it()
    {
        await ShouldBeTheSameAsync("events", "export");
        (await AskAsync("events", "export", "log.jsonl")).ShouldExitWith(0).Error.ShouldContain("events exported");
        (await File.ReadAllTextAsync(_server.Project.PathOf("log.jsonl"), Token)).ShouldBe((await _server.Project.FlexCoreAsync("events", "export")).ShouldExitWith(0).Output);
        (await AskAsync("events", "export", "log.jsonl")).ShouldExitWith(2).Error.ShouldContain("error[FX1060]");

        (await _server.AskAsync(HttpMethod.Get, "/api/v1/events/export", "operator")).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        using var refused = new HttpClient { BaseAddress = _server.Client.BaseAddress };
        using var nothing = new MemoryStream();
        await Should.ThrowAsync<FlexCoreApiException>(() => new FlexCoreClient(refused, _server.TokenOf("viewer")).ExportEventsAsync(nothing, Token));
        nothing.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Export_that_the_server_cannot_end_leaves_no_file()
    {
        for (var i = 0; i < 16; i++) await _server.RunAsync();
        await ChangeAsync("UPDATE events SET id = x'00' WHERE position = 105");

        var cut = await AskAsync("events", "export", "log.jsonl");

        cut.ShouldExitWith(1).Error.ShouldContain("error[FX5004]");
        File.Exists(_server.Project.PathOf("log.jsonl")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_no_checkpoint_or_key_is_refused_by_the_server_too()
    {
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/events/verify?against=x", "auditor")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1007");
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/events/verify?key=x", "auditor")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1007");
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/events/growth?older=x&newer=2", "auditor")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1007");
        (await _server.AskAsync(HttpMethod.Get, "/api/v1/events/growth?older=-1&newer=2", "auditor")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1007");
    }

    [Fact]
    public async Task Change_in_the_database_is_named_by_the_server_and_is_exit_code_4()
    {
        await ChangeAsync("UPDATE events SET event_data = CAST('{}' AS BLOB) WHERE position = 3");

        var found = (await AskAsync("events", "verify")).ShouldExitWith(4);
        found.Output.ShouldContain("changed at 3");
        found.Error.ShouldContain("error[FX7001]");
        var report = (await AskAsync("events", "verify", "--json")).ShouldExitWith(4).Json;
        report.GetProperty("ok").GetBoolean().ShouldBeFalse();
        report.GetProperty("violations")[0].GetProperty("kind").GetString().ShouldBe("changed");
        (await AskAsync("events", "prove", "3")).ShouldExitWith(4).Error.ShouldContain("error[FX7001]");
    }

    private async Task ChangeAsync(string sql) => (await Command.RunAsync(
        "/usr/bin/python3", ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2])", _server.Project.PathOf(".flexcore/flexcore.db"), sql],
        _server.Project.Folder, _server.Project.Variables)).ShouldExitWith(0);

    private Task KeepAsync(string file, string text) => File.WriteAllTextAsync(_server.Project.PathOf(file), text, Token);

    private Task<CommandResult> CheckAsync(string proof) =>
        Command.RunAsync("/usr/bin/python3", [Path.Combine(Repository.Root, "docs", "verify.py"), proof, "--key", "key.pem"], _server.Project.Folder, _server.Project.Variables);

    private async Task ShouldBeTheSameAsync(params string[] command)
    {
        var here = await _server.Project.FlexCoreAsync(command);
        var there = await AskAsync(command);

        (there.ExitCode, there.Output, there.Error).ShouldBe((here.ExitCode, here.Output, here.Error), string.Join(' ', command));
    }

    private Task<CommandResult> AskAsync(params string[] command) => Command.RunAsync(
        Repository.Launcher, [.. command, "--server", _server.Client.BaseAddress!.ToString()], _server.Project.Folder,
        new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = _server.TokenOf("auditor") });
}
