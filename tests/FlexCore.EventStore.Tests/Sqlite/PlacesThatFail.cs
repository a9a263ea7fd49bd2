using System.Diagnostics;
using FlexCore.EventStore.Sqlite;
using FlexCore.Testing;

namespace FlexCore.EventStore.Tests.Sqlite;

public sealed class PlacesThatFail : StoreFolder
{
    [Fact]
    public async Task Full_disk_is_FX3004_and_the_store_works_again_once_there_is_space()
    {
        await using var disk = await SmallDisk.Mount(Folder);
        var store = await OpenAsync();
        var ballast = Path.Combine(Folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[512 * 1024], Token);
        var acknowledged = 0;
        async Task FillAsync()
        {
            for (; ; acknowledged++)
            {
                await store.AppendAsync(Some.Append("run-1", Some.Event(data: new string('x', 20_000))), Token);
            }
        }

        var full = await Should.ThrowAsync<EventStoreUnavailableException>(FillAsync);

        full.Code.ShouldBe(EventStoreUnavailableException.DiskFull);
        full.Message.ShouldContain(StorePath);
        acknowledged.ShouldBeGreaterThan(0);
        (await LogOf(store)).Count.ShouldBe(acknowledged);
        File.Delete(ballast);
        (await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition.ShouldBe(acknowledged + 1);
        ShouldBeSound(await LogOf(store));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Read_only_folder_is_FX3003_with_and_without_a_store_in_it()
    {
        await using var disk = await SmallDisk.Mount(Folder);
        await disk.MakeReadOnly();
        (await Refusal()).Code.ShouldBe(EventStoreUnavailableException.CannotOpen);

        await disk.MakeWritable();
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        await store.DisposeAsync();
        await disk.MakeReadOnly();
        (await Refusal()).Code.ShouldBe(EventStoreUnavailableException.CannotOpen);
    }

    [Fact]
    public async Task Missing_folder_is_FX3003_and_named()
    {
        var path = Path.Combine(Folder, "missing", "events.db");

        var refusal = await Should.ThrowAsync<EventStoreUnavailableException>(async () => await SqliteEventStore.OpenAsync(path, TimeProvider.System, cancellationToken: Token));

        refusal.Code.ShouldBe(EventStoreUnavailableException.CannotOpen);
        refusal.Message.ShouldContain($"'{path}' cannot be used: its folder does not exist");
    }

    [Fact]
    public async Task Folder_in_place_of_the_file_is_FX3003()
    {
        Directory.CreateDirectory(StorePath);

        (await Refusal()).Code.ShouldBe(EventStoreUnavailableException.CannotOpen);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task File_that_is_no_database_is_FX3006_and_left_alone(int length)
    {
        var garbage = new byte[length];
        new Random(1).NextBytes(garbage);
        await File.WriteAllBytesAsync(StorePath, garbage, Token);

        (await Refusal()).Code.ShouldBe(EventStoreUnavailableException.NotUsable);
        (await File.ReadAllBytesAsync(StorePath, Token)).ShouldBe(garbage);
    }

    [Theory]
    [InlineData("CREATE TABLE notes (text TEXT)")]
    [InlineData("PRAGMA application_id = 42")]
    [InlineData("PRAGMA user_version = 1")]
    public async Task Database_of_another_application_is_FX3006_and_left_alone(string sql)
    {
        RunSql(sql);
        var before = await File.ReadAllBytesAsync(StorePath, Token);

        var refusal = await Refusal();

        refusal.Code.ShouldBe(EventStoreUnavailableException.NotUsable);
        refusal.Message.ShouldContain("another application");
        (await File.ReadAllBytesAsync(StorePath, Token)).ShouldBe(before);
    }

    [Fact]
    public async Task Store_of_a_newer_program_is_FX3006_and_names_both_versions()
    {
        await (await OpenAsync()).DisposeAsync();
        RunSql("PRAGMA user_version = 7");

        var refusal = await Refusal();

        refusal.Code.ShouldBe(EventStoreUnavailableException.NotUsable);
        refusal.Message.ShouldContain("schema version 7, and this program knows versions up to ");
    }

    [Fact]
    public async Task Events_of_a_store_that_had_no_hashes_get_them_when_it_is_migrated()
    {
        var before = await OpenAsync();
        for (var i = 0; i < 3; i++) await before.AppendAsync([Some.Append("run-1", Some.Events(500)), Some.Append("run-2", Some.Event("Ünï"))], Token);
        var hashes = (await before.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token)).Select(e => e.Hash).ToList();
        await before.DisposeAsync();
        RunSql("ALTER TABLE events DROP COLUMN hash; DROP TABLE tree_tiles; DROP TABLE checkpoints; DROP TABLE archives; DROP TABLE archived_ids; DROP TABLE archived_heads; PRAGMA user_version = 2");

        var after = await OpenAsync();

        (await after.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token)).Select(e => e.Hash).ShouldBe(hashes);
    }

    [Fact]
    public async Task Damaged_store_is_FX3006()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(200)), Token);
        await store.DisposeAsync();
        await using (var file = File.OpenWrite(StorePath))
        {
            file.Position = 4096;
            file.Write(new byte[file.Length - 4096]);
        }

        store = await OpenAsync();
        var failure = await Should.ThrowAsync<EventStoreUnavailableException>(async () => await store.ReadStreamAsync("run-1", cancellationToken: Token));
        failure.Code.ShouldBe(EventStoreUnavailableException.NotUsable);
        failure.Message.ShouldContain("corrupt");
    }

    [Fact]
    public async Task Lock_held_for_too_long_is_FX3005()
    {
        var store = await OpenAsync();
        using var other = SqliteSession.Open(StorePath, create: false);
        other.Execute("BEGIN IMMEDIATE");
        var started = Stopwatch.StartNew();

        var failure = await Should.ThrowAsync<EventStoreUnavailableException>(async () => await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token));

        failure.Code.ShouldBe(EventStoreUnavailableException.Busy);
        started.Elapsed.TotalSeconds.ShouldBeInRange(4, 10);
        other.Execute("ROLLBACK");
        (await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition.ShouldBe(1);
    }

    private async Task<EventStoreUnavailableException> Refusal()
    {
        var refusal = await Should.ThrowAsync<EventStoreUnavailableException>(OpenAsync());
        refusal.Message.ShouldContain(StorePath);
        return refusal;
    }

    private void RunSql(string sql)
    {
        using var session = SqliteSession.Open(StorePath, create: true);
        session.ExecuteScript(sql);
    }
}
