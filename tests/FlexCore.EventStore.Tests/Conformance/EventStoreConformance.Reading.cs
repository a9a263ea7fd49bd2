namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Stream_is_read_in_parts_and_from_its_end()
    {
        var store = await OpenAsync();
        var events = Some.Events(5);
        await store.AppendAsync([Some.Append("run-1", events), Some.Append("run-10", Some.Events(1))], Token);

        (await store.ReadStreamAsync("run-1", cancellationToken: Token)).Select(e => e.Id).ShouldBe(events.Select(e => e.Id));
        (await store.ReadStreamAsync("run-1", fromVersion: 2, maxCount: 2, Token)).Select(e => e.Version).ShouldBe([2, 3]);
        (await store.ReadStreamAsync("run-1", fromVersion: 6, cancellationToken: Token)).ShouldBeEmpty();
        (await store.ReadLastAsync("run-1", Token)).ShouldNotBeNull().Version.ShouldBe(5);
    }

    [Fact]
    public async Task Several_streams_are_read_at_once_in_the_order_of_the_question()
    {
        var store = await OpenAsync();
        var (first, second) = (Some.Events(3), Some.Events(2));
        await store.AppendAsync([Some.Append("run-2", second), Some.Append("run-1", first), Some.Append("run-3", Some.Events(1))], Token);

        var streams = await store.ReadStreamsAsync(["run-1", "run-9", "run-2"], Token);

        streams.Select(stream => stream.Select(e => e.Id)).ShouldBe([first.Select(e => e.Id), [], second.Select(e => e.Id)]);
        (await store.ReadStreamsAsync([], Token)).ShouldBeEmpty();
        await Should.ThrowAsync<ArgumentException>(async () => await store.ReadStreamsAsync(["run-1", "run-1"], Token));
    }

    [Fact]
    public async Task Stream_that_does_not_exist_is_empty()
    {
        var store = await OpenAsync();

        (await store.ReadStreamAsync("run-1", cancellationToken: Token)).ShouldBeEmpty();
        (await store.ReadLastAsync("run-1", Token)).ShouldBeNull();
        (await LogOf(store)).ShouldBeEmpty();
        (await store.ListStreamsAsync("run", before: null, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Log_is_filtered_by_category_and_type_and_read_in_pages()
    {
        var store = await OpenAsync();
        foreach (var (stream, type) in ((string, string)[])[("run-1", "A"), ("runs-1", "A"), ("run-2", "B"), ("run-1", "A"), ("state-1", "B")])
        {
            await store.AppendAsync(Some.Append(stream, Some.Event(type)), Token);
        }

        async Task<long[]> Positions(long after, int count, LogFilter filter) =>
            [.. (await store.ReadLogAsync(after, count, filter, Token)).Select(e => e.Position)];

        (await Positions(0, 9, new())).ShouldBe([1, 2, 3, 4, 5]);
        (await Positions(2, 2, new())).ShouldBe([3, 4]);
        (await Positions(5, 2, new())).ShouldBeEmpty();
        (await Positions(0, 9, new("run"))).ShouldBe([1, 3, 4]);
        (await Positions(1, 1, new("run"))).ShouldBe([3]);
        (await Positions(0, 9, new(Type: "A"))).ShouldBe([1, 2, 4]);
        (await Positions(0, 9, new("run", "B"))).ShouldBe([3]);
        (await Positions(0, 9, new("nothing"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Streams_of_a_category_are_listed_newest_first_in_pages()
    {
        var store = await OpenAsync();
        var ids = Enumerable.Range(0, 25).Select(_ => $"run-{Guid.CreateVersion7()}").ToList();
        foreach (var id in ids)
        {
            await store.AppendAsync([Some.Append(id, Some.Events(2)), Some.Append(id.Replace("run", "runs", StringComparison.Ordinal), Some.Events(1))], Token);
        }

        await store.AppendAsync([Some.Append("ru-z", Some.Events(1)), Some.Append("state-1", Some.Events(1))], Token);
        var listed = new List<string>();
        IReadOnlyList<string> page;
        while ((page = await store.ListStreamsAsync("run", listed.LastOrDefault(), 10, Token)).Count > 0)
        {
            page.Count.ShouldBeLessThanOrEqualTo(10);
            listed.AddRange(page);
        }

        listed.ShouldBe(ids.OrderDescending(StringComparer.Ordinal));
        (await store.ListStreamsAsync("run", before: "zebra", 1, Token)).ShouldBe([listed[0]]);
        (await store.ListStreamsAsync("run", before: "alpha", 1, Token)).ShouldBeEmpty();
    }
}
