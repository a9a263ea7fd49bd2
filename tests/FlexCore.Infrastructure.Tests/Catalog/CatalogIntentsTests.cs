using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Catalog;
using FlexCore.Infrastructure.Catalog;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Tests.DynamoDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Catalog;

/// <summary>Changes of a catalog outside the database of the log that are cut off.</summary>
public sealed class CatalogIntentsTests(SharedDynalite dynalite) : IClassFixture<SharedDynalite>, IAsyncLifetime
{
    private readonly DataFolder _folder = new();
    private InfrastructureModule _module = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEventLog Log => _module.Log;

    public async ValueTask InitializeAsync() => _module = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _module.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("note", 1)]
    [InlineData("event", 1)]
    [InlineData("write", 2)]
    [InlineData("end", 2)]
    public async Task Next_start_finishes_what_the_log_says_and_nothing_else(string at, int events)
    {
        var store = new JsonFolderStore(Path.Combine(_folder.Path, "catalog"), TimeProvider.System);
        var notes = Path.Combine(_folder.Path, "catalog.intents");
        await Intents(store, notes, isInFiles: true).WriteAsync(EventChange(0, null), Context(), Token);
        var dying = Intents(store, notes, isInFiles: true);
        dying.BeforeStep = step =>
        {
            if (step == at) throw new CrashException();
        };

        await Should.ThrowAsync<CrashException>(async () => await dying.WriteAsync(EventChange(1, 0), Context(), Token));
        await _module.DisposeAsync();
        _module = await OpenAsync();

        var told = (await Log.ReadAsync("catalog-connection.shop", Token)).Select(fact => fact.Event).Cast<CatalogChanged>().ToList();
        told.Count.ShouldBe(events);
        (await _module.Catalog.FindAsync("connection", "shop", Token))!.Version.ShouldBe(told[^1].Version);
        Directory.GetFiles(notes).Select(Path.GetFileName).ShouldBe([".lock"]);
        await _module.Catalog.WriteAsync("connection", "shop", document: null, told[^1].Version, Context(), Token);
        (await Log.ReadAsync("catalog-connection.shop", Token)).Count.ShouldBe(events + 1);
    }

    [Fact]
    public async Task Deletion_that_was_cut_off_is_finished()
    {
        var store = new JsonFolderStore(Path.Combine(_folder.Path, "catalog"), TimeProvider.System);
        var notes = Path.Combine(_folder.Path, "catalog.intents");
        await Intents(store, notes, isInFiles: true).WriteAsync(EventChange(0, null), Context(), Token);
        var dying = Intents(store, notes, isInFiles: true);
        dying.BeforeStep = step =>
        {
            if (step == "write") throw new CrashException();
        };
        await Should.ThrowAsync<CrashException>(async () => await dying.WriteAsync(EntityChange.Delete("connection", "shop", Of(0).Version), Context(), Token));

        (await _module.Catalog.FindAsync("connection", "shop", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Node_with_notes_of_its_own_finishes_what_another_one_has_begun_in_DynamoDB()
    {
        await using var client = new DynamoDbClient("dynamodb", new DynamoDbOptions { Endpoint = dynalite.Server.Address, AccessKey = "key", SecretKey = "secret" }, NullLoggerFactory.Instance, TimeProvider.System);
        var store = new DynamoDbEntityStore(client, $"t{Guid.NewGuid():n}", TimeProvider.System);
        var (one, other) = (Intents(store, Path.Combine(_folder.Path, "one"), isInFiles: false), Intents(store, Path.Combine(_folder.Path, "other"), isInFiles: false));
        await one.WriteAsync(EventChange(0, null), Context(), Token);
        one.BeforeStep = step =>
        {
            if (step == "write") throw new CrashException();
        };
        await Should.ThrowAsync<CrashException>(async () => await one.WriteAsync(EventChange(1, 0), Context(), Token));

        await other.WriteAsync(EventChange(2, 1), Context(), Token);

        (await store.FindAsync("connection", "shop", Token))!.Version.ShouldBe(Of(2).Version);
        (await Log.ReadAsync("catalog-connection.shop", Token)).Select(fact => ((CatalogChanged)fact.Event).IsFound).ShouldBe([false, false, false]);

        // The first one, once it is back, has nothing to do any more.
        await Intents(store, Path.Combine(_folder.Path, "one"), isInFiles: false).FinishAsync(Token);
        (await store.FindAsync("connection", "shop", Token))!.Version.ShouldBe(Of(2).Version);
    }

    private static Entity Of(int n) => Entity.Create("connection", "shop", Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));

    private static EntityChange EventChange(int n, int? from) => from is { } before ? EntityChange.Update(Of(n), Of(before).Version) : EntityChange.Create(Of(n));

    private static EventContext Context() => EventContext.New(Guid.CreateVersion7());

    private CatalogIntents Intents(IEntityStore store, string notes, bool isInFiles) => new(store, Log, notes, isInFiles, TimeProvider.System);

    private Task<InfrastructureModule> OpenAsync() =>
        InfrastructureModule.OpenAsync(_folder.Path, ProjectSettings.Read([new Setting("catalog", "json-folder", "catalog")]).Value, TimeProvider.System, Token);

    private sealed class CrashException : Exception;
}
