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
        Convert.ToHexStringLower(first.ToArray()).ShouldBe("4002e74755b67a79fb5b28919b027fb4b1825882a627a8764cae72e8374f6808");
        Convert.ToHexStringLower(second.ToArray()).ShouldBe("c3d96bb28b58d9c62f7b8c596522095a1c11433a68b721d7c884bdabc929775f");
    }

    [Fact]
    public void Any_change_of_an_event_changes_its_hash()
    {
        RecordedEvent[] others =
        [
            Known,
            Known with { Position = 8 },
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
