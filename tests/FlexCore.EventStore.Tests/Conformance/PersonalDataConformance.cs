using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FlexCore.EventStore.Tests.Erasure;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>How every store keeps personal data and erases them.</summary>
public abstract partial class PersonalDataConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private const string Ada = "customer-4711, Ada";
    private const string Zoe = "customer-4712, Zoë";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task Protected_data_stand_nowhere_in_the_store_and_are_revealed_while_the_key_is_there()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        EventData[] plain = [Moved("Ada", "Sesame Street 1"), Some.Event() with { Data = default }, Some.Event() with { Data = new byte[] { 0xFF, 0, 1 } }, Some.Event()];
        var kept = new List<EventData>();
        foreach (var item in plain[..3]) kept.Add(await personal.ProtectAsync(item, Ada, Token));
        await store.AppendAsync(Some.Append("customer-1", [.. kept, plain[3]]), Token);

        var log = await LogOf(store);
        log.Select(recorded => recorded.Metadata.ToArray()).ShouldBe(plain.Select(item => item.Metadata.ToArray()));
        Customers.Types.Decode(log[0]).ShouldBe(new ProtectedEvent(log[0]));
        (await Place.HoldsAsync("Sesame"u8.ToArray())).ShouldBeFalse();
        (await Place.HoldsAsync("customer-4711"u8.ToArray())).ShouldBeFalse();
        (await Place.HoldsAsync(kept[0].Data.ToArray())).ShouldBeTrue();

        var revealed = await (await OpenAsync()).OpenPersonalData(Key).RevealAsync(log, Token);
        revealed.Select(recorded => recorded.Data.ToArray()).ShouldBe(plain.Select(item => item.Data.ToArray()));
        Customers.Types.Decode(revealed[0]).ShouldBe(new CustomerMoved("Ada", "Sesame Street 1"));
        (await personal.RevealAsync(log[3], Token)).ShouldBeSameAs(log[3]);
    }

    [Fact]
    public async Task Erased_subject_is_read_by_nobody_at_once_and_others_as_before()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        var (personal, elsewhere) = (store.OpenPersonalData(Key), other.OpenPersonalData(Key));
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        await MoveAsync(store, personal, Zoe, "Elm Street 2");
        await MoveAsync(store, personal, Ada, "Sesame Street 3");
        var before = await LogOf(store);
        (await SayAsync(other, elsewhere)).ShouldBe(["Sesame Street 1", "Elm Street 2", "Sesame Street 3"]);

        var erasure = await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);

        erasure.KeysDestroyed.ShouldBe(1);
        (await SayAsync(other, elsewhere)).ShouldBe(["(erased)", "Elm Street 2", "(erased)"]);
        (await SayAsync(store, personal)).ShouldBe(["(erased)", "Elm Street 2", "(erased)"]);
        (await LogOf(store)).Take(3).Select(recorded => recorded.Data.ToArray()).ShouldBe(before.Select(recorded => recorded.Data.ToArray()));
    }

    [Fact]
    public async Task Erasure_is_on_record_once_without_naming_anybody_and_can_be_repeated()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        var keys = await Place.ReadKeysAsync();

        var erasure = await personal.EraseAsync(Ada, "asked for it", "operator", """{"node":"n1"}"""u8.ToArray(), Token);
        (await personal.EraseAsync(Ada, "again", "somebody", cancellationToken: Token)).ShouldBe(erasure with { KeysDestroyed = 0 });

        var recorded = (await store.ReadLogAsync(0, 10, new LogFilter(PersonalData.ErasureCategory), Token)).ShouldHaveSingleItem();
        (recorded.StreamId, recorded.Type, Encoding.UTF8.GetString(recorded.Metadata.Span)).ShouldBe(($"erasure-{erasure.Id}", "SubjectErased", """{"node":"n1"}"""));
        var data = JsonElement.Parse(recorded.Data.Span);
        (data.GetProperty("subject").GetString(), data.GetProperty("reason").GetString(), data.GetProperty("by").GetString()).ShouldBe((erasure.Subject, "asked for it", "operator"));
        var envelope = JsonElement.Parse((await LogOf(store))[0].Data.Span);
        data.GetProperty("keys").EnumerateArray().ShouldHaveSingleItem().GetGuid().ShouldBe(envelope.GetProperty("key").GetGuid());
        (await Place.HoldsAsync("customer-4711"u8.ToArray())).ShouldBeFalse();
        (await Place.ReadKeysAsync()).ShouldBeEmpty();
        (await Place.HoldsAsync(keys.ShouldHaveSingleItem())).ShouldBeFalse();
    }

    [Fact]
    public async Task Subject_that_was_erased_can_have_new_data_and_the_old_stay_unreadable()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        var first = await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);
        await MoveAsync(store, personal, Ada, "Sesame Street 2");

        (await SayAsync(store, personal)).ShouldBe(["(erased)", "Sesame Street 2"]);
        var second = await personal.EraseAsync(Ada, "asked again", "operator", cancellationToken: Token);

        (await SayAsync(store, personal)).ShouldBe(["(erased)", "(erased)"]);
        (second.KeysDestroyed, second.Subject).ShouldBe((1, first.Subject));
        (await store.ReadLogAsync(0, 10, new LogFilter(PersonalData.ErasureCategory), Token)).Select(recorded => recorded.Id).ShouldBe([first.Id, second.Id]);
    }

    [Fact]
    public async Task Subject_has_one_key_and_one_erasure_however_many_protect_and_erase_at_once()
    {
        PersonalData[] all = [(await OpenAsync()).OpenPersonalData(Key), (await OpenAsync()).OpenPersonalData(Key), (await OpenAsync()).OpenPersonalData(Key)];
        var store = await OpenAsync();

        await Task.WhenAll(all.SelectMany(personal => Enumerable.Range(0, 5).Select(_ => Task.Run(() => MoveAsync(store, personal, Ada, "Sesame Street 1"), Token))));
        (await Place.ReadKeysAsync()).Count.ShouldBe(1);
        var erasures = await Task.WhenAll(all.Select(personal => Task.Run(async () => await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token), Token)));

        erasures.Select(erasure => erasure.Id).Distinct().Count().ShouldBe(1);
        erasures.Sum(erasure => erasure.KeysDestroyed).ShouldBe(1);
        (await store.ReadLogAsync(0, 10, new LogFilter(PersonalData.ErasureCategory), Token)).Count.ShouldBe(1);
        (await SayAsync(store, all[0])).ShouldAllBe(said => said == "(erased)");
    }

    private static EventData Moved(string name, string street) => Customers.Types.Encode(new CustomerMoved(name, street));

    private static async Task MoveAsync(IEventStore store, PersonalData personal, string subject, string street) =>
        await store.AppendAsync(Some.Append($"customer-{subject[^3..]}", await personal.ProtectAsync(Moved(subject, street), subject, Token)), Token);

    private static async Task<IEnumerable<string>> SayAsync(IEventStore store, PersonalData personal) =>
        (await personal.RevealAsync(await store.ReadLogAsync(0, 100, new LogFilter("customer"), Token), Token)).Select(Customers.Say);
}
