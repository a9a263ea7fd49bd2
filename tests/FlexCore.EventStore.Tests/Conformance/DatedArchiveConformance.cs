namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>Of streams that tell when they were made, a store remembers nothing when they leave it, and all is as with the others.</summary>
public abstract class DatedArchiveConformance<TPlace> : ArchiveConformance<TPlace>
    where TPlace : IStorePlace, new()
{
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow().AddDays(-1);
    private readonly Dictionary<int, string> _runs = [];

    protected override string Run(int number)
    {
        lock (_runs) return _runs.TryGetValue(number, out var known) ? known : _runs[number] = $"run-{Guid.CreateVersion7(_start.AddMinutes(number))}";
    }

    [Fact]
    public async Task Nothing_is_kept_of_streams_that_have_ended_but_where_the_file_is()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 200; i++) await store.AppendAsync(Some.Append(Run(i), Some.Events(3)), Token);
        await store.AppendAsync([Some.Append(Run(150), Some.Event()), Some.Append("pipeline-a", Some.Event())], Token);

        await store.ArchiveAsync(600, Token);

        (await RememberedAsync()).ShouldBe((Ids: 0L, Heads: 1L, Leaves: 1L), "the stream that goes on, and the tile that does");
        await store.AppendAsync(Some.Append("pipeline-a", Some.Event()), Token);
        await store.ArchiveAsync(602, Token);
        (await RememberedAsync()).ShouldBe((Ids: 0L, Heads: 1L, Leaves: 1L), "the stream that tells nothing");
        (await store.ReadStreamAsync(Run(7), cancellationToken: Token)).Count.ShouldBe(3);
        (await store.ReadStreamAsync(Run(150), cancellationToken: Token)).Count.ShouldBe(4);
        (await store.ListStreamsAsync("run", before: null, 250, Token)).ShouldBe(Enumerable.Range(0, 200).Reverse().Select(Run));
        (await store.ListStreamsAsync("run", Run(20), 3, Token)).ShouldBe([Run(19), Run(18), Run(17)]);
        (await store.ListStreamsAsync("run", Run(0), 3, Token)).ShouldBeEmpty();
        (await store.History.VerifyAsync(cancellationToken: Token)).IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Id_of_the_future_is_remembered_so_that_what_is_new_does_not_seem_old()
    {
        var store = await OpenAsync();
        var ahead = TimeProvider.System.GetUtcNow().AddYears(1);
        var late = new EventData(Guid.CreateVersion7(ahead), "Late", "{}"u8.ToArray(), "{}"u8.ToArray());
        await store.AppendAsync(Some.Append($"run-{Guid.CreateVersion7(ahead)}", late, new EventData(Guid.NewGuid(), "Random", "{}"u8.ToArray(), "{}"u8.ToArray())), Token);
        await store.AppendAsync(Some.Append(Run(1), Some.Events(2)), Token);
        var segment = (await store.ArchiveAsync(3, Token)).ShouldHaveSingleItem();

        (await RememberedAsync()).ShouldBe((Ids: 2L, Heads: 2L, Leaves: 1L));
        File.Delete(Path.Combine(Place.ArchiveFolder, segment.File));
        await store.AppendAsync(Some.Append($"run-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddSeconds(1))}", Some.Event()), Token);
        (await Should.ThrowAsync<EventStoreUnavailableException>(async () => await store.AppendAsync(Some.Append(Run(2), late), Token))).Code.ShouldBe(EventStoreUnavailableException.Archived);
    }

    [Fact]
    public async Task Stream_that_goes_on_long_after_it_had_left_is_read_over_all_its_parts()
    {
        var store = await OpenAsync();
        for (var round = 0; round < 4; round++)
        {
            await store.AppendAsync([Some.Append(Run(1), Some.Events(2)), Some.Append(Run(round + 10), Some.Events(2))], Token);
            await store.AppendAsync(Some.Append("state-1", Some.Event()), Token);
            await store.ArchiveAsync(long.MaxValue, Token);
        }

        (await store.ReadStreamAsync(Run(1), cancellationToken: Token)).Select(item => item.Version).ShouldBe(Enumerable.Range(1, 8).Select(version => (long)version));
        (await store.ReadStreamBackwardsAsync(Run(1), 5, 3, Token)).Select(item => item.Version).ShouldBe([5, 4, 3]);
        (await store.ReadStreamsAsync([Run(1), Run(11)], Token)).Select(stream => stream.Count).ShouldBe([8, 2]);
        (await store.AppendAsync(Some.Append(Run(1), Some.Event()), Token)).StreamVersions.ShouldBe([9]);
        Sound.ShouldBeSound(await LogOf(store));
    }

    [Fact]
    public async Task Stream_whose_time_had_not_come_when_its_beginning_left_is_found_with_its_rest()
    {
        var clock = new Clock { Now = _start };
        var store = await OpenAsync(clock);
        var ahead = $"run-{Guid.CreateVersion7(_start.AddHours(1))}";
        for (var part = 0; part < 3; part++)
        {
            await store.AppendAsync([Some.Append(ahead, Some.Events(2)), Some.Append(Run(part), Some.Event())], Token);
            await store.AppendAsync(Some.Append("state-1", Some.Event()), Token);
            await store.ArchiveAsync(long.MaxValue, Token);
            clock.Now += TimeSpan.FromHours(2);
        }

        (await store.ReadStreamAsync(ahead, cancellationToken: Token)).Select(item => item.Version).ShouldBe([1, 2, 3, 4, 5, 6]);
        (await store.AppendAsync(Some.Append(ahead, Some.Event()), Token)).StreamVersions.ShouldBe([7]);
        Sound.ShouldBeSound(await LogOf(store));
    }

    [Fact]
    public async Task What_an_earlier_version_has_archived_is_found_with_what_leaves_after_it()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 100; i++) await store.AppendAsync(Some.Append(Run(i % 4), Some.Event()), Token);
        var repeated = Some.Append(Run(5), Some.Event());
        await store.AppendAsync([repeated, Some.Append("state-1", Some.Event())], Token);
        await Place.RunSqlAsync($"""
            CREATE TABLE heads_then AS SELECT stream_id, version, event_type = '$tombstone' AS is_closed, hash FROM events e
                WHERE position <= 101 AND version = (SELECT max(version) FROM events later WHERE later.stream_id = e.stream_id AND later.position <= 101);
            CREATE TABLE ids_then AS SELECT id FROM events WHERE position <= 101;
            """);
        (await store.ArchiveAsync(101, Token)).ShouldHaveSingleItem();

        // As its tables remembered it.
        await Place.RunSqlAsync("""
            DELETE FROM archived_heads;
            INSERT INTO archived_heads (stream_id, version, is_closed, hash, last_position) SELECT stream_id, version, is_closed, hash, 101 FROM heads_then;
            INSERT INTO archived_ids (id) SELECT id FROM ids_then;
            UPDATE archives SET first_dated = NULL, last_dated = NULL;
            """);
        store = await OpenAsync();
        for (var i = 0; i < 10; i++) await store.AppendAsync(Some.Append(Run(1), Some.Event()), Token);
        await store.AppendAsync(Some.Append("state-1", Some.Event()), Token);
        await store.ArchiveAsync(long.MaxValue, Token);

        (await store.AppendAsync(repeated, Token)).LastPosition.ShouldBe(101);
        (await store.ReadStreamAsync(Run(1), cancellationToken: Token)).Count.ShouldBe(35);
        (await store.ReadStreamAsync(Run(3), cancellationToken: Token)).Count.ShouldBe(25);
        (await store.AppendAsync([Some.Append(Run(1), Some.Event()), Some.Append(Run(3), Some.Event())], Token)).StreamVersions.ShouldBe([36, 26]);
        Sound.ShouldBeSound(await LogOf(store));
    }

    private async Task<(long Ids, long Heads, long Leaves)> RememberedAsync() =>
        (await Place.CountAsync("archived_ids"), await Place.CountAsync("archived_heads"), await Place.CountAsync("tree_tiles WHERE level = 0"));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
