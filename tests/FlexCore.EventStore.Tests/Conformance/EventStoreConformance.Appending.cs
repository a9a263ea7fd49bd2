using System.Text;
using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Event_read_back_has_the_bytes_that_were_appended()
    {
        var store = await OpenAsync(new FixedClock());
        byte[] data = [0, 255, 13, 10, 0xC3, 0x28];
        var item = new EventData(Guid.CreateVersion7(), "Ärger \U0001F600", data, "{ \"a\" : 1.0 }"u8.ToArray());

        await store.AppendAsync(new StreamAppend("run-1", ExpectedVersion.NoStream, [item]), Token);

        var read = (await store.ReadStreamAsync("run-1", cancellationToken: Token)).ShouldHaveSingleItem();
        read.Data.ToArray().ShouldBe(data);
        Encoding.UTF8.GetString(read.Metadata.Span).ShouldBe("{ \"a\" : 1.0 }");
        read.ShouldBe(new RecordedEvent(1, "run-1", 1, item.Id, "Ärger \U0001F600", read.Data, read.Metadata, FixedClock.Now, EventHash.Of(read, previous: default)));
    }

    [Fact]
    public async Task Event_without_bytes_and_event_of_16_MiB_are_kept()
    {
        var store = await OpenAsync();
        var large = new byte[Appending.AppendRules.MaxBytes];
        Random.Shared.NextBytes(large);
        EventData[] events = [new(Guid.NewGuid(), "Empty", default, default), new(Guid.NewGuid(), "Large", large, default)];

        await store.AppendAsync(Some.Append("run-1", events), Token);
        await store.AppendAsync(Some.Append("run-1", events), Token);

        var read = await store.ReadStreamAsync("run-1", cancellationToken: Token);
        read.Count.ShouldBe(2);
        read[0].Data.IsEmpty.ShouldBeTrue();
        read[1].Data.Span.SequenceEqual(large).ShouldBeTrue();
    }

    [Fact]
    public async Task Several_streams_are_appended_together_and_answered_in_order()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("state-1", Some.Events(2)), Token);

        var result = await store.AppendAsync([Some.Append("run-1", Some.Events(3)), Some.Append("state-1", Some.Events(1)), Some.Append("run-1", Some.Events(1))], Token);

        result.LastPosition.ShouldBe(7);
        result.StreamVersions.ShouldBe([3, 3, 4]);
        ShouldBeSound(await LogOf(store));
    }

    [Fact]
    public async Task Conflict_in_one_of_several_streams_appends_nothing_at_all()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("state-1", Some.Events(1)), Token);

        var conflict = await Should.ThrowAsync<StreamVersionConflictException>(async () =>
            await store.AppendAsync([Some.Append("run-1", Some.Events(3)), new StreamAppend("state-1", ExpectedVersion.NoStream, Some.Events(1))], Token));

        conflict.StreamId.ShouldBe("state-1");
        (await LogOf(store)).Count.ShouldBe(1);
        (await store.ReadLastAsync("run-1", Token)).ShouldBeNull();
        (await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition.ShouldBe(2);
    }

    [Fact]
    public async Task Closed_store_says_so_and_its_events_are_there_when_it_is_opened_again()
    {
        var first = await OpenAsync();
        var events = Some.Events(3);
        await first.AppendAsync(Some.Append("run-1", events), Token);
        await first.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(async () => await first.AppendAsync(Some.Append("run-1", Some.Events(1)), Token));
        await Should.ThrowAsync<ObjectDisposedException>(async () => await first.ReadLastAsync("run-1", Token));
        var second = await OpenAsync();
        (await LogOf(second)).Select(e => e.Id).ShouldBe(events.Select(e => e.Id));
        (await second.AppendAsync(new StreamAppend("run-1", ExpectedVersion.Exact(3), Some.Events(1)), Token)).LastPosition.ShouldBe(4);
    }

    [Fact]
    public async Task Cancelled_call_does_nothing()
    {
        var store = await OpenAsync();
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(async () => await store.AppendAsync(Some.Append("run-1", Some.Events(1)), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await store.ReadLastAsync("run-1", cancelled));
        (await LogOf(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stream_id_that_is_not_category_and_id_is_refused()
    {
        var store = await OpenAsync();
        string[] malformed = ["", "run", "-1", "run-", "run-\0", "run-\uD800", "run-" + new string('x', 509)];

        foreach (var streamId in malformed)
        {
            await Should.ThrowAsync<ArgumentException>(async () => await store.AppendAsync(Some.Append(streamId, Some.Events(1)), Token));
        }

        (await LogOf(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Malformed_events_are_refused()
    {
        var store = await OpenAsync();
        var twice = Some.Event();
        EventData[][] malformed =
        [
            [],
            [twice, twice],
            [Some.Event(type: "")],
            [Some.Event(type: new string('x', 513))],
            [Some.Event() with { Id = Guid.Empty }],
            [Some.Event() with { Data = new byte[Appending.AppendRules.MaxBytes + 1] }],
        ];

        foreach (var events in malformed)
        {
            await Should.ThrowAsync<ArgumentException>(async () => await store.AppendAsync(Some.Append("run-1", events), Token));
        }

        await Should.ThrowAsync<ArgumentException>(async () => await store.AppendAsync([], Token));
        (await LogOf(store)).ShouldBeEmpty();
    }

    private sealed class FixedClock : TimeProvider
    {
        internal static readonly DateTimeOffset Now = new DateTimeOffset(2026, 3, 1, 12, 30, 15, TimeSpan.Zero).AddMicroseconds(123_456);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
