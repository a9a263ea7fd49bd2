using System.Text;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Stream_is_read_backwards_from_any_version()
    {
        var store = await OpenAsync();
        await store.AppendAsync([Some.Append("run-1", Some.Events(5)), Some.Append("run-10", Some.Events(1))], Token);

        async Task<long[]> Versions(long from, int count) => [.. (await store.ReadStreamBackwardsAsync("run-1", from, count, Token)).Select(e => e.Version)];
        (await Versions(long.MaxValue, int.MaxValue)).ShouldBe([5, 4, 3, 2, 1]);
        (await Versions(4, 2)).ShouldBe([4, 3]);
        (await Versions(0, 2)).ShouldBeEmpty();
        (await store.ReadStreamBackwardsAsync("run-2", cancellationToken: Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Condition_on_a_stream_that_was_only_read_guards_an_append_to_another()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("plugin-1", Some.Events(2)), Token);

        var result = await store.AppendAsync([StreamAppend.Condition("plugin-1", ExpectedVersion.Exact(2)), Some.Append("run-1", Some.Events(1))], Token);
        result.StreamVersions.ShouldBe([1]);
        var conflict = await Should.ThrowAsync<StreamVersionConflictException>(async () =>
            await store.AppendAsync([Some.Append("run-1", Some.Events(1)), StreamAppend.Condition("plugin-1", ExpectedVersion.Exact(1))], Token));
        (conflict.StreamId, conflict.Actual).ShouldBe(("plugin-1", 2));
        await Should.ThrowAsync<ArgumentException>(async () => await store.AppendAsync(StreamAppend.Condition("plugin-1", ExpectedVersion.Exact(2)), Token));
        (await store.ReadStreamAsync("run-1", cancellationToken: Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Append_with_conditions_gets_its_first_answer_again_when_they_no_longer_hold()
    {
        var store = await OpenAsync();
        StreamAppend[] appends = [StreamAppend.Condition("plugin-1", ExpectedVersion.NoStream), new("run-1", ExpectedVersion.NoStream, Some.Events(2))];
        var first = await store.AppendAsync(appends, Token);
        await store.AppendAsync(Some.Append("plugin-1", Some.Events(1)), Token);

        var again = await store.AppendAsync(appends, Token);

        (again.LastPosition, again.StreamVersions[0]).ShouldBe((first.LastPosition, 2));
    }

    [Fact]
    public async Task Tombstone_closes_a_stream_for_good_and_leaves_it_readable()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(2)), Token);
        var tombstone = StreamAppend.Tombstone("run-1", ExpectedVersion.Exact(2), "{}"u8.ToArray());

        (await store.AppendAsync(tombstone, Token)).StreamVersions.ShouldBe([3]);

        (await store.AppendAsync(tombstone, Token)).StreamVersions.ShouldBe([3]);
        StreamAppend[] refused = [Some.Append("run-1", Some.Events(1)), new("run-1", ExpectedVersion.Exact(3), Some.Events(1)), StreamAppend.Tombstone("run-1", ExpectedVersion.Any)];
        foreach (var append in refused)
        {
            var closed = await Should.ThrowAsync<StreamTombstonedException>(async () => await store.AppendAsync([append, Some.Append("run-2", Some.Events(1))], Token));
            (closed.Code, closed.StreamId).ShouldBe(("FX3007", "run-1"));
        }

        (await store.ReadStreamAsync("run-1", cancellationToken: Token)).Select(e => e.Type).ShouldBe(["StepStarted", "StepStarted", StreamAppend.TombstoneType]);
        (await store.ReadLastAsync("run-2", Token)).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(async () => await store.AppendAsync([StreamAppend.Tombstone("run-2", ExpectedVersion.Any), Some.Append("run-2", Some.Events(1))], Token));
    }

    [Fact]
    public async Task Metadata_of_a_stream_has_versions_of_its_own()
    {
        var store = await OpenAsync();
        (await store.ReadStreamMetadataAsync("run-1", Token)).ShouldBeNull();

        await store.SetStreamMetadataAsync("run-1", ExpectedVersion.NoStream, """{"owner":"ops"}"""u8.ToArray(), Token);
        await store.SetStreamMetadataAsync("run-1", ExpectedVersion.Exact(1), """{"owner":"audit"}"""u8.ToArray(), Token);

        var metadata = (await store.ReadStreamMetadataAsync("run-1", Token)).ShouldNotBeNull();
        (metadata.Version, Encoding.UTF8.GetString(metadata.Data.Span)).ShouldBe((2, """{"owner":"audit"}"""));
        await Should.ThrowAsync<StreamVersionConflictException>(async () => await store.SetStreamMetadataAsync("run-1", ExpectedVersion.Exact(1), default, Token));
        (await store.ReadLastAsync("run-1", Token)).ShouldBeNull();
    }

    [Theory]
    [InlineData("run-ünï-\U0001F600")]
    [InlineData("run-e\u0301 \u200B\u202Eabc")]
    [InlineData("run-'; DROP TABLE events; --")]
    [InlineData("run-%_\\\"\n\t\u0001")]
    public async Task Any_Unicode_is_a_name_and_stays_what_it_was(string name)
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append(name, Some.Event(type: name)), Token);

        var read = (await store.ReadStreamAsync(name, cancellationToken: Token)).ShouldHaveSingleItem();

        (read.StreamId, read.Type).ShouldBe((name, name));
        (await store.ReadLogAsync(0, 10, new LogFilter("run", name), Token)).Count.ShouldBe(1);
        (await store.ListStreamsAsync("run", before: null, 10, Token)).ShouldBe([name]);
        (await store.ReadStreamAsync(name.Normalize(NormalizationForm.FormD) + "x", cancellationToken: Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ten_thousand_events_are_one_append()
    {
        var store = await OpenAsync();

        var result = await store.AppendAsync([.. Enumerable.Range(0, 100).Select(i => Some.Append($"run-{i % 50}", Some.Events(100)))], Token);

        result.LastPosition.ShouldBe(10_000);
        result.StreamVersions.Count.ShouldBe(100);
        var log = await LogOf(store);
        log.Count.ShouldBe(10_000);
        ShouldBeSound(log);
    }

    [Fact]
    public async Task Who_waits_for_events_is_woken_by_an_append_through_another_store()
    {
        var reader = await OpenAsync();
        var writer = await OpenAsync();
        (await reader.GetLastPositionAsync(Token)).ShouldBe(0);
        await writer.AppendAsync(Some.Append("run-1", Some.Events(2)), Token);
        await reader.WaitForEventsAsync(0, Token);
        for (var position = 2; position < 10; position++)
        {
            var waiting = WaitForAsync(reader, position);
            await writer.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
            await waiting.WaitAsync(TimeSpan.FromSeconds(5), Token);
        }

        (await reader.GetLastPositionAsync(Token)).ShouldBe(10);
        await Should.ThrowAsync<OperationCanceledException>(async () => await reader.WaitForEventsAsync(10, new CancellationToken(canceled: true)));

        static async Task WaitForAsync(IEventStore store, long position)
        {
            while (await store.GetLastPositionAsync(Token) == position) await store.WaitForEventsAsync(position, Token);
        }
    }
}
