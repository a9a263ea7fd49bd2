using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Tests.Coordination;

namespace FlexCore.Infrastructure.Tests.Catalog;

/// <summary>The catalog beside the log in SQLite.</summary>
public sealed class SqliteCatalogConformance() : CatalogConformance([]);

/// <summary>The catalog beside the log in PostgreSQL.</summary>
public sealed class PostgresCatalogConformance() : CatalogConformance([("store.kind", "postgres"), ("store.connection", PostgresFixture.ConnectionString), ("store.schema", $"catalog_{Guid.NewGuid():n}")]);

/// <summary>The catalog in one file.</summary>
public sealed class JsonFileCatalogConformance() : CatalogConformance([("catalog", "json-file")]);

/// <summary>The catalog in a folder.</summary>
public sealed class JsonFolderCatalogConformance() : CatalogConformance([("catalog", "json-folder")])
{
    [Fact]
    public async Task What_somebody_has_changed_by_hand_is_on_record_before_the_next_change()
    {
        var first = await WriteAsync("shop", """{"host":"a"}""", expected: null);
        await File.WriteAllTextAsync(Path.Combine(Folder, "catalog", "connection", "shop.json"), """{"host":"by hand"}""", Token);

        var found = (await Module.Catalog.FindAsync(CatalogRules.Connection, "shop", Token)).ShouldNotBeNull();
        found.Document.GetProperty("host").GetString().ShouldBe("by hand");
        await MovedAsync("shop", """{"host":"b"}""", first!.Version, found.Version);
        await WriteAsync("shop", """{"host":"b"}""", found.Version);

        var events = await EventsAsync("shop");
        events.Select(change => (change.IsFound, Host(change))).ShouldBe([(false, "a"), (true, "by hand"), (false, "b")]);
        events[1].Before.ShouldBe(first.Version);
    }

    [Fact]
    public async Task File_that_git_has_brought_back_to_what_it_was_stays_so()
    {
        var first = await WriteAsync("shop", """{"host":"a"}""", expected: null);
        await WriteAsync("shop", """{"host":"b"}""", first!.Version);
        await File.WriteAllTextAsync(Path.Combine(Folder, "catalog", "connection", "shop.json"), """{"host":"a"}""", Token);

        await WriteAsync("other", "{}", expected: null);
        await ReopenAsync();
        (await Module.Catalog.FindAsync(CatalogRules.Connection, "shop", Token))!.Version.ShouldBe(first.Version);
        await WriteAsync("shop", """{"host":"c"}""", first.Version);

        (await EventsAsync("shop")).Select(change => (change.IsFound, Host(change))).ShouldBe([(false, "a"), (false, "b"), (true, "a"), (false, "c")]);
    }
}

/// <summary>What the catalog of a project does wherever it lies.</summary>
public abstract class CatalogConformance((string Key, string Value)[] settings) : IAsyncLifetime
{
    private readonly DataFolder _folder = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Folder => _folder.Path;

    protected InfrastructureModule Module { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Module = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await Module.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Each_change_is_there_with_its_event()
    {
        var created = (await WriteAsync("shop", """{"host":"a","password":"${secret.db}"}""", expected: null)).ShouldNotBeNull();
        var replaced = (await WriteAsync("shop", """{"host":"b"}""", created.Version)).ShouldNotBeNull();
        (await Module.Catalog.FindAsync(CatalogRules.Connection, "shop", Token))!.Version.ShouldBe(replaced.Version);
        (await WriteAsync("shop", document: null, replaced.Version)).ShouldBeNull();

        (await Module.Catalog.FindAsync(CatalogRules.Connection, "shop", Token)).ShouldBeNull();
        var events = await EventsAsync("shop");
        events.Select(change => (change.Before, change.Version, Host(change), change.IsFound)).ShouldBe([(null, created.Version, "a", false), (created.Version, replaced.Version, "b", false), (replaced.Version, null, null, false)]);
        (await Module.Log.ReadLogAsync(new EventQuery(0, 10, Category: "catalog"), Token)).ShouldAllBe(stored => stored.Stream == "catalog-connection.shop" && stored.Type == "CatalogChanged");
    }

    [Fact]
    public async Task Change_that_does_not_find_what_it_expects_is_told_the_version_and_leaves_no_event()
    {
        var created = (await WriteAsync("shop", """{"host":"a"}""", expected: null))!;

        await MovedAsync("shop", """{"host":"b"}""", expected: null, created.Version);
        await MovedAsync("shop", """{"host":"b"}""", new string('0', 32), created.Version);
        await MovedAsync("shop", document: null, new string('0', 32), created.Version);
        await MovedAsync("nothing", """{"host":"b"}""", created.Version, "is not there any more");

        (await EventsAsync("shop")).Count.ShouldBe(1);
        (await EventsAsync("nothing")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_processes_at_once_one_wins_and_the_log_tells_what_is_there()
    {
        await using var other = await OpenAsync();
        var current = (await WriteAsync("shop", """{"n":0}""", expected: null))!;
        for (var round = 1; round <= 10; round++)
        {
            var outcomes = await Task.WhenAll(
                TryAsync(Module, $$"""{"n":"{{round}} a"}""", current.Version), TryAsync(other, $$"""{"n":"{{round}} b"}""", current.Version));
            outcomes.Count(outcome => outcome is not null).ShouldBe(1);
            current = outcomes.OfType<CatalogEntry>().Single();
            (await Module.Catalog.FindAsync(CatalogRules.Connection, "shop", Token))!.Version.ShouldBe(current.Version);
        }

        var events = await EventsAsync("shop");
        events.Select(change => change.Version).Last().ShouldBe(current.Version);
        events.Count.ShouldBe(11);
    }

    [Fact]
    public async Task Entries_are_listed_in_the_order_of_their_names()
    {
        foreach (var name in new[] { "c", "a", "b" }) await WriteAsync(name, "{}", expected: null);

        (await Module.Catalog.ListAsync(CatalogRules.Connection, after: null, 2, Token)).Select(entry => entry.Id).ShouldBe(["a", "b"]);
        (await Module.Catalog.ListAsync(CatalogRules.Connection, "b", int.MaxValue, Token)).Select(entry => entry.Id).ShouldBe(["c"]);
    }

    protected async Task ReopenAsync()
    {
        await Module.DisposeAsync();
        Module = await OpenAsync();
    }

    protected ValueTask<CatalogEntry?> WriteAsync(string id, string? document, string? expected) => WriteAsync(Module, id, document, expected);

    protected async Task MovedAsync(string id, string? document, string? expected, string said)
    {
        var refused = await Should.ThrowAsync<FlexCoreException>(async () => await WriteAsync(id, document, expected));
        refused.Error.Code.ShouldBe(ErrorCodes.CatalogMoved);
        refused.Error.Message.ShouldContain(said);
    }

    protected async Task<IReadOnlyList<CatalogChanged>> EventsAsync(string id) => [.. (await Module.Log.ReadAsync($"catalog-connection.{id}", Token)).Select(fact => fact.Event).Cast<CatalogChanged>()];

    protected static string? Host(CatalogChanged change) => change.Document?.GetProperty("host").GetString();

    private static ValueTask<CatalogEntry?> WriteAsync(InfrastructureModule module, string id, string? document, string? expected) =>
        module.Catalog.WriteAsync(CatalogRules.Connection, id, document is null ? null : JsonElement.Parse(document), expected, EventContext.New(Guid.CreateVersion7()), Token);

    private static async Task<CatalogEntry?> TryAsync(InfrastructureModule module, string document, string expected)
    {
        try
        {
            return await Task.Run(async () => await WriteAsync(module, "shop", document, expected), Token);
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.CatalogMoved)
        {
            return null;
        }
    }

    private Task<InfrastructureModule> OpenAsync() => InfrastructureModule.OpenAsync(
        _folder.Path, ProjectSettings.Read([.. settings.Select(setting => new Setting(setting.Key, setting.Value, setting.Key))]).Value, TimeProvider.System, Token);
}
