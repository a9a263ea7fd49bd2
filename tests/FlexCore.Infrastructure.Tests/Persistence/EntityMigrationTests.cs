using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Tests.DynamoDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>From one store into another one.</summary>
public sealed class EntityMigrationTests(SharedDynalite dynalite) : IClassFixture<SharedDynalite>, IAsyncDisposable
{
    private readonly DataFolder _folder = new();
    private readonly DynamoDbClient _client = new("dynamodb", new DynamoDbOptions { Endpoint = dynalite.Server.Address, AccessKey = "key", SecretKey = "secret" }, NullLoggerFactory.Instance, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_one_store_has_is_in_the_next_one_and_the_next_with_the_same_versions_and_the_same_hash()
    {
        IEntityStore[] stores = [Folder("a"), File("b"), Sqlite("c"), new DynamoDbEntityStore(_client, $"t{Guid.NewGuid():n}", TimeProvider.System), Folder("d")];
        await stores[0].CommitAsync([.. Enumerable.Range(0, 450).Select(n => EntityChange.Create(Of("connection", $"e{n:000}", n))), EntityChange.Create(Of("other", "one", 1))], Token);
        HashSet<string> hashes = new(StringComparer.Ordinal);

        foreach (var (from, to) in stores.Zip(stores.Skip(1)))
        {
            var migrated = await new EntityMigration(from, to).RunAsync(progress: null, Token);
            (migrated.Count, migrated.Changed).ShouldBe((451, 451));
            hashes.Add(migrated.Hash);
            (await new EntityMigration(from, to).RunAsync(progress: null, Token)).ShouldBe(migrated with { Changed = 0 });
        }

        hashes.Count.ShouldBe(1);
        (await stores[^1].FindAsync("connection", "e449", Token))!.Version.ShouldBe(Of("connection", "e449", 449).Version);
    }

    [Fact]
    public async Task What_differs_is_made_the_same_and_what_is_only_there_goes()
    {
        var (from, to) = (Folder("from"), Sqlite("to"));
        await from.CommitAsync([EntityChange.Create(Of("k", "a", 1)), EntityChange.Create(Of("k", "b", 2))], Token);
        await to.CommitAsync([EntityChange.Create(Of("k", "a", 0)), EntityChange.Create(Of("k", "c", 3)), EntityChange.Create(Of("only", "x", 4))], Token);

        (await new EntityMigration(from, to).RunAsync(progress: null, Token)).Changed.ShouldBe(4);

        (await to.ListAsync(new EntityQuery("k"), Token)).Entities.Select(entity => (entity.Id, entity.Version)).ShouldBe([("a", Of("k", "a", 1).Version), ("b", Of("k", "b", 2).Version)]);
        (await to.KindsAsync(Token)).ShouldBe(["k"]);
    }

    [Fact]
    public async Task What_was_cut_off_goes_on_where_it_was()
    {
        var from = Folder("from");
        await from.CommitAsync([.. Enumerable.Range(0, 900).Select(n => EntityChange.Create(Of("k", $"e{n:000}", n)))], Token);
        var dying = new JsonFolderStore(Path.Combine(_folder.Path, "to"), TimeProvider.System);
        var writes = 0;
        dying.BeforeStep = _ =>
        {
            if (writes++ >= 1000) throw new CrashException();
        };
        await Should.ThrowAsync<CrashException>(new EntityMigration(from, dying).RunAsync(progress: null, Token));

        var migrated = await new EntityMigration(from, Folder("to")).RunAsync(progress: null, Token);

        migrated.Count.ShouldBe(900);
        migrated.Changed.ShouldBeInRange(1, 700);
    }

    [Fact]
    public async Task Changes_that_are_made_meanwhile_come_along()
    {
        var (from, to) = (Sqlite("from"), Folder("to"));
        await from.CommitAsync([.. Enumerable.Range(0, 400).Select(n => EntityChange.Create(Of("k", $"e{n:000}", n)))], Token);
        var left = 5;
        var progress = new Reports(async _ =>
        {
            // Behind what was looked at already.
            if (left-- > 0) await from.CommitAsync([EntityChange.Create(Of("k", $"a{left}", left)), EntityChange.Delete("k", $"e00{left}", Of("k", $"e00{left}", left).Version)], Token);
        });

        var migrated = await new EntityMigration(from, to).RunAsync(progress, Token);

        migrated.Count.ShouldBe(400);
        (await to.ListAsync(new EntityQuery("k") { Limit = 10 }, Token)).Entities.Select(entity => entity.Id).ShouldBe(["a0", "a1", "a2", "a3", "a4", "e005", "e006", "e007", "e008", "e009"]);
    }

    [Fact]
    public async Task What_is_changed_all_the_time_is_given_up()
    {
        var (from, to) = (Sqlite("from"), Sqlite("to"));
        var n = 0;
        await from.CommitAsync([EntityChange.Create(Of("k", "a", 0))], Token);
        var progress = new Reports(async _ => await from.CommitAsync([EntityChange.Update(Of("k", "a", n + 1), Of("k", "a", n++).Version)], Token));

        (await Should.ThrowAsync<FlexCoreException>(new EntityMigration(from, to).RunAsync(progress, Token))).Error.Code.ShouldBe(ErrorCodes.StoreBusy);
    }

    private static Entity Of(string kind, string id, int n) => Entity.Create(kind, id, Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));

    private JsonFolderStore Folder(string name) => new(Path.Combine(_folder.Path, name), TimeProvider.System);

    private JsonFileStore File(string name) => new(Path.Combine(_folder.Path, $"{name}.json"), TimeProvider.System);

    private SqliteEntityStore Sqlite(string name) => new(Path.Combine(_folder.Path, $"{name}.db"));

    // At once, where IProgress of the library would come later.
    private sealed class Reports(Func<(long, long), ValueTask> report) : IProgress<(long Looked, long Changed)>
    {
        public void Report((long Looked, long Changed) value) => report(value).AsTask().GetAwaiter().GetResult();
    }

    private sealed class CrashException : Exception;
}
