using FlexCore.EventStore.Erasure;
using FlexCore.EventStore.Tests.Erasure;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class PersonalDataConformance<TPlace>
{
    [Fact]
    public async Task State_of_revealed_data_is_folded_and_never_kept_as_a_snapshot()
    {
        var store = await OpenAsync();
        var (personal, snapshots) = (store.OpenPersonalData(Key), (ISnapshots)store);
        for (var i = 1; i <= 12; i++) await MoveAsync(store, personal, Ada, $"Sesame Street {i}");
        var stream = $"customer-{Ada[^3..]}";
        var revealing = new SnapshotReader<string>(store, snapshots, Customers.Street, every: 10, personal);

        (await revealing.ReadAsync(stream, Token)).ShouldBe(("Sesame Street 12", 12));
        (await snapshots.FindSnapshotAsync(stream, Token)).ShouldBeNull();
        (await new SnapshotReader<string>(store, snapshots, Customers.Street, every: 10).ReadAsync(stream, Token)).ShouldBe(("(protected)", 12));
        (await snapshots.FindSnapshotAsync(stream, Token)).ShouldNotBeNull();
        (await revealing.ReadAsync(stream, Token)).ShouldBe(("Sesame Street 12", 12));

        await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);
        (await revealing.ReadAsync(stream, Token)).ShouldBe(("(erased)", 12));
    }

    [Fact]
    public async Task Snapshots_of_all_streams_are_gone_after_an_erasure_and_their_bytes_with_them()
    {
        var store = await OpenAsync();
        var (personal, snapshots) = (store.OpenPersonalData(Key), (ISnapshots)store);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        var secret = Convert.FromHexString(string.Concat(Enumerable.Repeat("c0ffee", 9)));
        for (var i = 1; i <= 30; i++)
        {
            await snapshots.SaveSnapshotAsync(new Snapshot($"customer-{i}", 1, "any/1", (byte[])[.. new byte[i * 200], .. secret]), Token);
            await snapshots.SaveSnapshotAsync(new Snapshot($"customer-{i}", 2, "any/1", (byte[])[.. secret, .. new byte[i * 150]]), Token);
        }

        (await Place.HoldsAsync(secret)).ShouldBeTrue();

        await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);

        for (var i = 1; i <= 30; i++) (await snapshots.FindSnapshotAsync($"customer-{i}", Token)).ShouldBeNull();
        (await Place.HoldsAsync(secret)).ShouldBeFalse();
    }

    [Fact]
    public async Task View_of_revealed_data_forgets_when_it_is_made_anew()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        await MoveAsync(store, personal, Zoe, "Elm Street 2");
        var keeper = Closing(store.Project(new Customers(personal)));
        keeper.Start();
        await keeper.WaitUntilAsync(2, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await StreetsAsync(store)).ShouldBe(["Elm Street 2", "Sesame Street 1"]);

        await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);
        await keeper.RebuildAsync(Token);

        await Eventually.TrueAsync(async () => (await keeper.GetStatusAsync(Token)).BuildingPosition is null, "the view was not made anew");
        (await StreetsAsync(store)).ShouldBe(["(erased)", "Elm Street 2"]);
    }

    [Fact]
    public async Task Erasure_that_died_after_the_keys_is_finished_by_repeating_it()
    {
        var store = await OpenAsync();
        var personal = store.OpenPersonalData(Key);
        await MoveAsync(store, personal, Ada, "Sesame Street 1");
        var key = (await personal.Keys.ListAsync(new MasterKey(Key).Name(Ada), Token)).ShouldHaveSingleItem();
        var died = Guid.CreateVersion7();
        await personal.Keys.DestroyAsync([key with { Wrapped = null, Erasure = died }], Token);
        (await SayAsync(store, personal)).ShouldBe(["(erased)"]);

        await MoveAsync(store, personal, Ada, "Sesame Street 2");
        var erasure = await personal.EraseAsync(Ada, "asked for it", "operator", cancellationToken: Token);

        erasure.KeysDestroyed.ShouldBe(1);
        (await store.ReadLogAsync(0, 10, new LogFilter(PersonalData.ErasureCategory), Token)).Select(recorded => recorded.Id).ShouldBe([died, erasure.Id], ignoreOrder: true);
        (await SayAsync(store, personal)).ShouldBe(["(erased)", "(erased)"]);
    }

    private static async Task<List<string>> StreetsAsync(IEventStore store)
    {
        await using var views = await store.OpenViewsAsync(Token);
        await using var command = views.CreateCommand();
        command.CommandText = "SELECT street FROM customers ORDER BY street";
        await using var row = await command.ExecuteReaderAsync(Token);
        var streets = new List<string>();
        while (await row.ReadAsync(Token)) streets.Add(row.GetString(0));
        return streets;
    }
}
