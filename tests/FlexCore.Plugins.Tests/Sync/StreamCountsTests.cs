using System.Text;
using FlexCore.Domain;
using FlexCore.Plugins.Sync;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class StreamCountsTests
{
    private readonly StreamCounts _counts = new(_ => null, name => Printable.Escape(Encoding.UTF8.GetString(name)));

    [Fact]
    public void Records_are_counted_by_their_stream()
    {
        foreach (var stream in "a b a c a b".Split(' ')) Count(stream).ShouldBeTrue();

        _counts.Snapshot().Select(stream => (stream.Key, stream.Value.In)).ShouldBe([("a", 3), ("b", 2), ("c", 1)], ignoreOrder: true);
    }

    [Fact]
    public void Streams_that_look_the_same_when_printed_are_counted_together()
    {
        foreach (var stream in new[] { "x\u001b", @"x\u001b" }) Count(stream);

        _counts.Snapshot().Select(stream => (stream.Key, stream.Value.In)).ShouldHaveSingleItem().ShouldBe((@"x\u001b", 2));
    }

    [Fact]
    public void More_than_10000_streams_are_refused()
    {
        for (var i = 0; i < 10_000; i++) Count($"s{i}").ShouldBeTrue();

        Count("one more").ShouldBeFalse();
        Count("s0").ShouldBeTrue();
    }

    private bool Count(string stream)
    {
        if (_counts.Find(Encoding.UTF8.GetBytes(stream)) is not { } counter) return false;
        StreamCounter.Add(ref counter.In);
        return true;
    }
}
