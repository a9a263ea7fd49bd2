namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Log_of_another_store_is_taken_over_as_it_is_and_an_import_that_was_cut_off_goes_on()
    {
        await using var sourcePlace = new SqlitePlace();
        await using var source = await sourcePlace.OpenAsync(TimeProvider.System);
        for (var i = 0; i < 30; i++) await source.AppendAsync([Some.Append($"run-{i % 7}", Some.Events(100)), Some.Append("state-1", Some.Events(1))], Token);
        var log = await LogOf(source);
        var store = await OpenAsync();

        (await store.ImportAsync(log.Take(1234).ToAsyncEnumerable(), Token)).ShouldBe(1234);
        (await store.ImportAsync(log.ToAsyncEnumerable(), Token)).ShouldBe(log.Count - 1234);

        var copy = await LogOf(store);
        copy.Count.ShouldBe(log.Count);
        foreach (var (original, copied) in log.Zip(copy)) copied.IsSameAs(original).ShouldBeTrue();
        var result = await store.AppendAsync(new StreamAppend("state-1", ExpectedVersion.Exact(30), Some.Events(1)), Token);
        result.LastPosition.ShouldBe(log.Count + 1);
    }

    [Fact]
    public async Task Log_that_does_not_follow_on_is_refused_and_leaves_the_store_as_it_was()
    {
        await using var sourcePlace = new SqlitePlace();
        await using var source = await sourcePlace.OpenAsync(TimeProvider.System);
        await source.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        var log = await LogOf(source);
        var store = await OpenAsync();
        await store.ImportAsync(log.Take(3).ToAsyncEnumerable(), Token);
        IReadOnlyList<RecordedEvent>[] broken =
        [
            [log[0], log[2]],
            [log[0] with { Data = "{ }"u8.ToArray() }],
            [log[0] with { RecordedAt = log[0].RecordedAt.AddSeconds(1) }],
            [.. log.Take(3), log[4] with { Position = 4 }],
            [.. log.Take(3), log[3] with { StreamId = "run-2" }],
            [.. log.Take(3), log[3] with { Id = log[0].Id }],
        ];

        foreach (var other in broken)
        {
            (await Should.ThrowAsync<LogMismatchException>(async () => await store.ImportAsync(other.ToAsyncEnumerable(), Token))).Code.ShouldBe("FX3008");
        }

        await Should.ThrowAsync<ArgumentException>(async () => await store.ImportAsync(((RecordedEvent[])[.. log.Take(3), log[3] with { StreamId = "run" }]).ToAsyncEnumerable(), Token));
        (await store.GetLastPositionAsync(Token)).ShouldBe(3);
    }
}
