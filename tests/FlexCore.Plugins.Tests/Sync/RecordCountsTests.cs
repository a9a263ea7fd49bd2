using System.Text;
using FlexCore.Plugins.Sync;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class RecordCountsTests
{
    private readonly RecordCounts _counts = new();

    [Fact]
    public void Records_are_counted_by_their_stream()
    {
        foreach (var stream in "a b a c a b".Split(' ')) _counts.Add(Encoding.UTF8.GetBytes(stream)).ShouldBeTrue();

        _counts.Snapshot().ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["a"] = 3, ["b"] = 2, ["c"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public void Streams_that_look_the_same_when_printed_are_counted_together()
    {
        foreach (var stream in new[] { "x\u001b", @"x\u001b" }) _counts.Add(Encoding.UTF8.GetBytes(stream));

        _counts.Snapshot().ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(@"x\u001b", 2L));
    }

    [Fact]
    public void More_than_10000_streams_are_refused()
    {
        for (var i = 0; i < 10_000; i++) _counts.Add(Encoding.UTF8.GetBytes($"s{i}")).ShouldBeTrue();

        _counts.Add("one more"u8).ShouldBeFalse();
        _counts.Add("s0"u8).ShouldBeTrue();
    }
}
