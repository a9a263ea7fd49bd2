using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>What every store of entities does.</summary>
public abstract partial class EntityStoreConformance : IAsyncLifetime
{
    private protected const string Kind = "connection";

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected IEntityStore Store { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Store = Open();
        await Store.KindsAsync(Token);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>Opens what is kept for this test, each time as another process would.</summary>
    private protected abstract IEntityStore Open();

    [Fact]
    public async Task Entity_is_found_by_another_process_with_its_document_as_it_was_written()
    {
        const string Document = """{"z":1.0,"a":{"list":[1,"two",null,true,{}],"n":12345678901234567890.5},"é":"\u0001 \"quoted\" é \uD83D\uDE00  /"}""";
        await CreateAsync("shop", Document);

        var found = (await Open().FindAsync(Kind, "shop", Token)).ShouldNotBeNull();

        Encoding.UTF8.GetString(found.Document.Span).ShouldBe(Document);
        (found.Kind, found.Id, found.Version).ShouldBe((Kind, "shop", Of("shop", Document).Version));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        (await Store.FindAsync(Kind, "shop", Token)).ShouldBeNull();
        (await Store.ListAsync(new EntityQuery(Kind), Token)).Entities.ShouldBeEmpty();
        (await Store.CountAsync(Kind, Specification.Everything, Token)).ShouldBe(0);
        (await Store.KindsAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Update_replaces_and_delete_takes_away()
    {
        var created = await CreateAsync("shop", """{"host":"a"}""");
        var updated = Of("shop", """{"host":"b"}""");
        await Store.CommitAsync([EntityChange.Update(updated, created.Version)], Token);
        (await Store.FindAsync(Kind, "shop", Token))!.Version.ShouldBe(updated.Version);

        await Store.CommitAsync([EntityChange.Delete(Kind, "shop", updated.Version)], Token);
        (await Store.FindAsync(Kind, "shop", Token)).ShouldBeNull();
        (await Store.KindsAsync(Token)).ShouldBeEmpty();

        await CreateAsync("shop", """{"host":"c"}""");
    }

    [Fact]
    public async Task Creating_what_is_there_is_a_conflict_that_names_its_version()
    {
        var created = await CreateAsync("shop", """{"host":"a"}""");

        var conflict = (await ConflictsAsync(EntityChange.Create(Of("shop", """{"host":"b"}""")))).ShouldHaveSingleItem();

        (conflict.Kind, conflict.Id, conflict.Expected, conflict.Current).ShouldBe((Kind, "shop", null, created.Version));
        (await Store.FindAsync(Kind, "shop", Token))!.Version.ShouldBe(created.Version);
    }

    [Fact]
    public async Task Change_of_what_is_at_another_version_or_gone_is_a_conflict()
    {
        var first = await CreateAsync("shop", """{"host":"a"}""");
        var second = Of("shop", """{"host":"b"}""");
        await Store.CommitAsync([EntityChange.Update(second, first.Version)], Token);

        (await ConflictsAsync(EntityChange.Update(Of("shop", """{"host":"c"}"""), first.Version))).ShouldHaveSingleItem().Current.ShouldBe(second.Version);
        (await ConflictsAsync(EntityChange.Delete(Kind, "shop", first.Version))).ShouldHaveSingleItem().Current.ShouldBe(second.Version);
        (await ConflictsAsync(EntityChange.Delete(Kind, "nothing", first.Version))).ShouldHaveSingleItem().Current.ShouldBeNull();
        (await ConflictsAsync(EntityChange.Update(Of("nothing", "{}"), first.Version))).ShouldHaveSingleItem().Message.ShouldContain("connection/nothing is not there any more");
        (await Store.FindAsync(Kind, "shop", Token))!.Version.ShouldBe(second.Version);
    }

    [Fact]
    public async Task Of_two_writers_at_once_one_wins_and_the_other_is_told_the_version_that_is()
    {
        var current = await CreateAsync("shop", """{"by":0}""");
        for (var round = 1; round <= 10; round++)
        {
            var (one, two) = (Of("shop", $$"""{"by":{{round * 2}}}"""), Of("shop", $$"""{"by":{{(round * 2) + 1}}}"""));
            var outcomes = await Task.WhenAll(TryAsync(Open(), EntityChange.Update(one, current.Version)), TryAsync(Open(), EntityChange.Update(two, current.Version)));

            outcomes.Count(outcome => outcome is null).ShouldBe(1);
            current = outcomes[0] is null ? one : two;
            outcomes.OfType<EntityConflict>().ShouldHaveSingleItem().Current.ShouldBe(current.Version);
            (await Store.FindAsync(Kind, "shop", Token))!.Version.ShouldBe(current.Version);
        }
    }

    [Fact]
    public async Task No_change_is_lost_when_many_write_the_same_at_once()
    {
        await CreateAsync("counter", """{"count":0}""");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = Open();
            for (var done = 0; done < 10;)
            {
                var counter = (await store.FindAsync(Kind, "counter", Token))!;
                if (await TryAsync(store, EntityChange.Update(Of("counter", $$"""{"count":{{CountOf(counter) + 1}}}"""), counter.Version)) is null) done++;
            }
        })));

        CountOf((await Store.FindAsync(Kind, "counter", Token))!).ShouldBe(40);
    }

    [Fact]
    public async Task Pages_have_all_in_the_order_of_their_ids_once()
    {
        string[] ids = [.. Enumerable.Range(0, 57).Select(number => $"{"abc0._-"[number % 4]}{number}").Append("a").Append("a-").Append("a.").Append("a_").Append("aa").Append("0").Distinct(StringComparer.Ordinal)];
        await Store.CommitAsync([.. ids.Select(id => EntityChange.Create(Of(id, "{}")))], Token);
        await Store.CommitAsync([EntityChange.Create(Entity.Create("other", "a5", "{}"u8.ToArray()))], Token);

        List<string> seen = [];
        EntityQuery? query = new(Kind) { Limit = 10 };
        while (query is not null)
        {
            var page = await Store.ListAsync(query, Token);
            page.Entities.Count.ShouldBeLessThanOrEqualTo(10);
            seen.AddRange(page.Entities.Select(entity => entity.Id));
            query = page.Next is null ? null : query with { After = page.Next };
        }

        seen.ShouldBe(ids.Order(StringComparer.Ordinal));
        (await Store.ListAsync(new EntityQuery(Kind) { Limit = ids.Length }, Token)).Next.ShouldBeNull();
        (await Store.KindsAsync(Token)).ShouldBe([Kind, "other"]);
    }

    [Fact]
    public async Task Unit_of_work_is_done_as_a_whole_or_not_at_all()
    {
        var (a, b) = (await CreateAsync("a", """{"n":1}"""), await CreateAsync("b", """{"n":1}"""));
        var (a2, c) = (Of("a", """{"n":2}"""), Entity.Create("channel", "c", "{}"u8.ToArray()));

        var conflicts = await ConflictsAsync(EntityChange.Update(a2, a.Version), EntityChange.Delete(Kind, "b", a2.Version), EntityChange.Create(c), EntityChange.Update(Of("d", "{}"), a.Version));
        conflicts.Select(conflict => (conflict.Id, conflict.Current)).ShouldBe([("b", b.Version), ("d", null)]);
        (await Store.FindAsync(Kind, "a", Token))!.Version.ShouldBe(a.Version);
        (await Store.FindAsync("channel", "c", Token)).ShouldBeNull();

        await Store.CommitAsync([EntityChange.Update(a2, a.Version), EntityChange.Delete(Kind, "b", b.Version), EntityChange.Create(c)], Token);
        (await Open().FindAsync(Kind, "a", Token))!.Version.ShouldBe(a2.Version);
        (await Open().FindAsync(Kind, "b", Token)).ShouldBeNull();
        (await Open().FindAsync("channel", "c", Token))!.Version.ShouldBe(c.Version);
    }

    [Fact]
    public async Task Units_of_work_that_overlap_leave_nothing_between_them()
    {
        string[] accounts = ["a", "b", "c"];
        await Store.CommitAsync([.. accounts.Select(id => EntityChange.Create(Of(id, """{"count":100}""")))], Token);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            var store = Open();
            for (var done = 0; done < 8;)
            {
                var (from, to) = (accounts[(writer + done) % 3], accounts[(writer + done + 1) % 3]);
                var (one, other) = ((await store.FindAsync(Kind, from, Token))!, (await store.FindAsync(Kind, to, Token))!);
                var (less, more) = (Of(from, $$"""{"count":{{CountOf(one) - 1}}}"""), Of(to, $$"""{"count":{{CountOf(other) + 1}}}"""));
                if (await TryAsync(store, EntityChange.Update(less, one.Version), EntityChange.Update(more, other.Version)) is null) done++;
            }
        })));

        (await Store.ListAsync(new EntityQuery(Kind), Token)).Entities.Sum(CountOf).ShouldBe(300);
    }

    [Fact]
    public async Task Members_that_a_type_does_not_know_are_kept_when_it_changes_the_others()
    {
        await CreateAsync("shop", """{"host":"a","new":{"x":1},"tls":{"verify":true,"pins":["p"]},"port":1}""");
        var repository = new Repository<Connection>(Open(), Kind, ConnectionJson.Default.Connection);

        var stored = (await repository.FindAsync("shop", Token)).ShouldNotBeNull();
        var changed = await repository.UpdateAsync(stored, stored.Value with { Host = "b", Tls = new Tls(Verify: false), Port = null }, Token);

        Encoding.UTF8.GetString(changed.Entity.Document.Span).ShouldBe("""{"host":"b","tls":{"verify":false,"pins":["p"]},"new":{"x":1}}""");
        (await repository.ExistsAsync("shop", Token)).ShouldBeTrue();
        (await repository.ListAsync(Specification.Field("host").Is("b"), after: null, 10, Token)).Page.ShouldHaveSingleItem().Version.ShouldBe(changed.Version);
        (await repository.CountAsync(Specification.Field("host").Is("a"), Token)).ShouldBe(0);
        await repository.DeleteAsync(changed, Token);
        (await repository.ExistsAsync("shop", Token)).ShouldBeFalse();
        (await repository.CreateAsync("shop", new Connection("c", Port: 5), Token)).Value.Host.ShouldBe("c");
    }

    [Fact]
    public async Task Largest_and_deepest_documents_are_kept()
    {
        var text = new string('x', Entity.LargestDocument - """{"text":""}""".Length);
        await CreateAsync("large", $$"""{"text":"{{text}}"}""");
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", Entity.DeepestDocument - 1)) + "{}" + new string('}', Entity.DeepestDocument - 1);
        await CreateAsync("deep", deep);

        (await Open().FindAsync(Kind, "large", Token))!.Document.Length.ShouldBe(Entity.LargestDocument);
        Encoding.UTF8.GetString((await Open().FindAsync(Kind, "deep", Token))!.Document.Span).ShouldBe(deep);
        (await Store.CountAsync(Kind, Specification.Field("text").StartsWith("xxxx"), Token)).ShouldBe(1);
        (await Store.CountAsync(Kind, Specification.Field("text").Is(text), Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Ten_thousand_entities_are_kept_listed_and_counted()
    {
        const int All = 10_000;
        foreach (var some in Enumerable.Range(0, All).Chunk(1000)) await Store.CommitAsync([.. some.Select(number => EntityChange.Create(Of($"e{number:00000}", $$"""{"number":{{number}},"even":{{(number % 2 == 0 ? "true" : "false")}}}""")))], Token);

        var store = Open();
        (await store.CountAsync(Kind, Specification.Everything, Token)).ShouldBe(All);
        (await store.CountAsync(Kind, Specification.All(Specification.Field("even").Is(true), Specification.Field("number").IsLessThan(5000)), Token)).ShouldBe(2500);
        var page = await store.ListAsync(new EntityQuery(Kind) { After = "e04999", Limit = 1000 }, Token);
        page.Entities.Select(entity => entity.Id).ShouldBe(Enumerable.Range(5000, 1000).Select(number => $"e{number:00000}"));
        page.Next.ShouldBe("e05999");
        CountOf((await store.FindAsync(Kind, "e09999", Token))!, "number").ShouldBe(9999);
    }

    private protected static Entity Of(string id, string document) => Entity.Create(Kind, id, Encoding.UTF8.GetBytes(document));

    private protected async Task<Entity> CreateAsync(string id, string document)
    {
        var entity = Of(id, document);
        await Store.CommitAsync([EntityChange.Create(entity)], Token);
        return entity;
    }

    private protected static long CountOf(Entity entity) => CountOf(entity, "count");

    private static long CountOf(Entity entity, string field)
    {
        using var document = JsonDocument.Parse(entity.Document);
        return document.RootElement.GetProperty(field).GetInt64();
    }

    private async Task<IReadOnlyList<EntityConflict>> ConflictsAsync(params EntityChange[] changes)
    {
        var refused = await Should.ThrowAsync<FlexCoreException>(async () => await Store.CommitAsync(changes, Token));
        refused.Errors.ShouldAllBe(error => error.Code == ErrorCodes.VersionConflict);
        return [.. refused.Errors.Cast<EntityConflict>()];
    }

    /// <returns>The conflict; null where there is none.</returns>
    private protected static async Task<EntityConflict?> TryAsync(IEntityStore store, params EntityChange[] changes)
    {
        try
        {
            await store.CommitAsync(changes, Token);
            return null;
        }
        catch (FlexCoreException e) when (e.Error is EntityConflict conflict)
        {
            return conflict;
        }
    }

    internal sealed record Connection(string Host, Tls? Tls = null, int? Port = null);

    internal sealed record Tls(bool Verify);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Connection))]
    internal sealed partial class ConnectionJson : JsonSerializerContext;
}
