using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.Tests.Hashing;

public sealed class EventHashTests
{
    private static readonly RecordedEvent Known = new(
        7, "run-é1", 1, new Guid("0198b2c4-1111-7222-8333-444455556666"), "RunStarted", "{\"n\":1}"u8.ToArray(), default, new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123456));

    [Fact]
    public void Hash_of_an_event_stays_what_it_is_for_ever()
    {
        var first = EventHash.Of(Known, previous: default);
        var second = EventHash.Of(Known with { Position = 9, Version = 2 }, first);

        // Computed with Python's hashlib from the definition.
        Convert.ToHexStringLower(first.ToArray()).ShouldBe("5247bd2c6a12eee4b4a8629712add55ed8b60c1c0123c6c2a743511eca092899");
        Convert.ToHexStringLower(second.ToArray()).ShouldBe("f7f58c8b977edec0a4530fb2e7a1780d5a61c2c4739b2c138f8593502236a2c3");
    }

    [Fact]
    public void Any_change_of_an_event_changes_its_hash()
    {
        RecordedEvent[] others =
        [
            Known,
            Known with { Version = 2 },
            Known with { StreamId = "run-é1R", Type = "unStarted" },
            Known with { Id = new Guid("0198b2c4-1111-7222-8333-444455556667") },
            Known with { Type = "RunStarteD" },
            Known with { Data = default, Metadata = Known.Data },
            Known with { Data = "{\"n\":2}"u8.ToArray() },
            Known with { RecordedAt = Known.RecordedAt.AddMicroseconds(1) },
        ];

        others.Select(e => EventHash.Of(e, previous: default)).Append(EventHash.Of(Known, EventHash.Of(Known, previous: default))).ShouldBeUnique();
    }

    [Fact]
    public void Hashing_an_event_allocates_nothing()
    {
        EventHash.Of(Known, previous: default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var hash = default(LogHash);
        for (var i = 0; i < 1000; i++) hash = EventHash.Of(Known, hash);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000);
        hash.ShouldNotBe(default);
    }
}
