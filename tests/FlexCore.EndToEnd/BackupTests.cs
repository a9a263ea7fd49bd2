using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Npgsql;

namespace FlexCore.EndToEnd;

/// <summary>What a user relies on of <c>db backup</c> and <c>db restore</c>.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TestProject _project = new TestProject().Sync();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Backup_that_was_made_while_runs_went_on_brings_everything_back_and_the_next_run_goes_on_from_it()
    {
        (await _project.RunAsync()).ShouldExitWith(0);
        (await _project.SetSecretAsync("api_key", "s3cret")).ShouldExitWith(0);
        _project.Write("slow.yaml", "name: slow\nsteps:\n  - id: a\n    task: { plugin: nap }\n").Plugin("nap", "task", "import time; time.sleep(1)");
        await using var running = _project.StartFlexCore("run", "slow.yaml");
        await Until.TrueAsync(async () => (await _project.FlexCoreAsync("runs", "list", "--json")).Json.EnumerateArray().Any(run => run.GetProperty("pipeline").GetString() == "slow"), "the run has begun");

        var backup = (await _project.FlexCoreAsync("db", "backup", "b.tar.gz", "--json")).ShouldExitWith(0);

        (await running.EndAsync()).ShouldExitWith(0);
        backup.Error.ShouldContain("the keys in");
        (File.GetUnixFileMode(_project.PathOf("b.tar.gz")) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        var before = (await _project.FlexCoreAsync("state", "get", "p", "--json")).ShouldExitWith(0).Output;
        Directory.Move(_project.PathOf(".flexcore"), _project.PathOf("lost"));
        Directory.CreateDirectory(_project.PathOf(".flexcore"));
        Directory.Move(_project.PathOf("lost/keys"), _project.PathOf(".flexcore/keys"));

        var restored = (await _project.FlexCoreAsync("db", "restore", "b.tar.gz", "--json")).ShouldExitWith(0);

        restored.Json.GetProperty("events").GetInt64().ShouldBe(backup.Json.GetProperty("events").GetInt64());
        (await _project.FlexCoreAsync("events", "verify")).ShouldExitWith(0).Output.ShouldContain("the history is intact");
        (await _project.FlexCoreAsync("state", "get", "p", "--json")).ShouldExitWith(0).Output.ShouldBe(before);
        (await _project.FlexCoreAsync("secrets", "list", "--json")).ShouldExitWith(0).Output.ShouldContain("api_key");
        (await _project.RunAsync()).ShouldExitWith(0);
        Directory.GetFileSystemEntries(_project.Folder, "*.restored*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Backup_of_a_database_server_brings_tables_and_waiting_runs_back()
    {
        await using var database = await PostgresServer.StartAsync();
        _project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        _project.Variables["FLEXCORE__STORE__CONNECTION"] = database.ConnectionString;
        (await _project.RunAsync()).ShouldExitWith(0);
        (await _project.FlexCoreAsync("pipeline", "apply", "-f", "pipeline.yaml")).ShouldExitWith(0);
        var queued = (await _project.FlexCoreAsync("pipeline", "start", "p", "--json")).ShouldExitWith(0).Json.GetProperty("run_id").GetString()!;
        (await _project.FlexCoreAsync("db", "backup", "b.tar.gz")).ShouldExitWith(0);
        (await _project.FlexCoreAsync("db", "restore", "b.tar.gz", "--data", "elsewhere")).ShouldExitWith(2).Error.ShouldSatisfyAllConditions(error => error.ShouldContain("error[FX1060]"), error => error.ShouldContain("event store"));
        Directory.Exists(_project.PathOf("elsewhere")).ShouldBeFalse();
        await using (var connection = NpgsqlDataSource.Create(database.ConnectionString))
        await using (var drop = connection.CreateCommand("DROP SCHEMA flexcore CASCADE")) await drop.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Directory.Delete(_project.PathOf(".flexcore"), recursive: true);

        (await _project.FlexCoreAsync("db", "restore", "b.tar.gz")).ShouldExitWith(0);

        (await _project.FlexCoreAsync("events", "verify")).ShouldExitWith(0).Output.ShouldContain("the history is intact");
        await using var node = _project.StartFlexCore("serve");
        await Until.TrueAsync(async () => (await _project.FlexCoreAsync("runs", "show", queued, "--json")).Json.GetProperty("status").GetString() == "succeeded", "the run that waited has run");
        await node.SignalAsync("TERM");
        (await node.EndAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Restore_touches_nothing_that_is_there()
    {
        (await _project.RunAsync()).ShouldExitWith(0);
        (await _project.FlexCoreAsync("db", "backup", "b.tar.gz")).ShouldExitWith(0);

        (await _project.FlexCoreAsync("db", "restore", "b.tar.gz")).ShouldExitWith(2).Error.ShouldContain("error[FX1060]");
        (await _project.FlexCoreAsync("db", "backup", "b.tar.gz")).ShouldExitWith(2).Error.ShouldContain("error[FX1060]");

        (await _project.FlexCoreAsync("events", "verify")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Log_that_was_changed_is_not_backed_up()
    {
        (await _project.RunAsync()).ShouldExitWith(0);
        (await Command.RunAsync("python3", ["-c", "import sqlite3; d = sqlite3.connect('.flexcore/flexcore.db'); d.execute('UPDATE events SET event_data = CAST(char(123,125) AS BLOB) WHERE position = 2'); d.commit()"], _project.Folder, _project.Variables)).ShouldExitWith(0);

        (await _project.FlexCoreAsync("db", "backup", "b.tar.gz")).ShouldExitWith(4).Error.ShouldContain("error[FX7001]");

        File.Exists(_project.PathOf("b.tar.gz")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("elsewhere")]
    [InlineData("format")]
    public async Task Damaged_or_forged_backup_is_one_error_and_leaves_nothing_behind(string damage)
    {
        (await _project.RunAsync()).ShouldExitWith(0);
        (await _project.FlexCoreAsync("db", "backup", "good.tar.gz")).ShouldExitWith(0);
        await DamageAsync(damage, _project.PathOf("good.tar.gz"), _project.PathOf("bad.tar.gz"));

        var refused = (await _project.FlexCoreAsync("db", "restore", "bad.tar.gz", "--data", "again")).ShouldExitWith(2);

        refused.Error.ShouldStartWith("error[FX1061]");
        refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2, refused.Error);
        Directory.GetFileSystemEntries(_project.Folder, "again*").ShouldBeEmpty();
        File.Exists(_project.PathOf("../outside")).ShouldBeFalse();
    }

    private static async Task DamageAsync(string damage, string good, string bad)
    {
        var whole = await Unpacked(good);
        var packed = await File.ReadAllBytesAsync(good);
        var bytes = damage switch
        {
            "garbage" => Encoding.UTF8.GetBytes("this is no backup"),
            "cut" => packed[..(packed.Length / 2)],
            "flipped" => Packed(whole, (name, content) => (name, name == "flexcore.db" ? Flip(content) : content)),
            "elsewhere" => Packed(whole, (name, content) => name == "backup.json" ? (name, Replaced(content, "\"flexcore.db\"", "\"../outside\"")) : (name == "flexcore.db" ? "../outside" : name, content)),
            _ => Packed(whole, (name, content) => (name, name == "backup.json" ? Replaced(content, "\"format\": 1", "\"format\": 2") : content)),
        };
        await File.WriteAllBytesAsync(bad, bytes);
    }

    private static async Task<List<(string Name, byte[] Content)>> Unpacked(string file)
    {
        await using var tar = new TarReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        var entries = new List<(string, byte[])>();
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
        {
            using var content = new MemoryStream();
            if (entry.DataStream is { } data) await data.CopyToAsync(content);
            entries.Add((entry.Name, content.ToArray()));
        }

        return entries;
    }

    private static byte[] Packed(IEnumerable<(string Name, byte[] Content)> entries, Func<string, byte[], (string Name, byte[] Content)> change)
    {
        using var file = new MemoryStream();
        using (var tar = new TarWriter(new GZipStream(file, CompressionLevel.Fastest), TarEntryFormat.Pax))
        {
            foreach (var (name, content) in entries)
            {
                var changed = change(name, content);
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, changed.Name) { DataStream = new MemoryStream(changed.Content) });
            }
        }

        return file.ToArray();
    }

    private static byte[] Replaced(byte[] content, string what, string with) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content).Replace(what, with, StringComparison.Ordinal));

    private static byte[] Flip(byte[] content)
    {
        var copy = content.ToArray();
        copy[copy.Length / 2] ^= 1;
        return copy;
    }
}
