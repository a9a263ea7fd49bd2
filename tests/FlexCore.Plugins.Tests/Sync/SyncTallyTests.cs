using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Where mappers stand between, what one flow has let go and the next has taken in are added up to one account.</summary>
public sealed class SyncTallyTests
{
    [Fact]
    public async Task Account_of_a_stream_that_mappers_make_more_and_less_of_comes_out_even()
    {
        // The tap writes 10 of a, of which a map leaves 4 out; a mapper makes 18 of the 6 and 3 of b out of nothing; of a the next keeps 5.
        var flows = new[] { await CarryAsync("{ stream: a, where: \"id > 4\" }", ("a", 10)), await CarryAsync(null, ("a", 18), ("b", 3)), await CarryAsync(null, ("a", 5), ("b", 3)) };

        var tally = SyncTally.Of([.. flows.Select(flow => flow.Flow)]);

        tally.Records.ShouldBe(new Dictionary<string, long> { ["a"] = 5, ["b"] = 3 }, ignoreOrder: true);
        (tally.Streams["a"].In, tally.Streams["a"].LeftOut, tally.Streams["a"].Dead, tally.Streams["a"].Mapped).ShouldBe((10, 4, 0, -1));
        (tally.Streams["b"].In, tally.Streams["b"].LeftOut, tally.Streams["b"].Dead, tally.Streams["b"].Mapped).ShouldBe((0, 0, 0, 3));
        tally.FindUnreconciled().ShouldBeEmpty();
        tally.Bytes.ShouldBe(flows[^1].Flow.Bytes);
    }

    [Fact]
    public async Task Stream_that_no_mapper_lets_through_is_accounted_for_with_none_delivered()
    {
        var flows = new[] { await CarryAsync(null, ("a", 7)), await CarryAsync(null) };

        var tally = SyncTally.Of([.. flows.Select(flow => flow.Flow)]);

        (tally.Records["a"], tally.Streams["a"].In, tally.Streams["a"].Mapped).ShouldBe((0, 7, -7));
        tally.FindUnreconciled().ShouldBeEmpty();
    }

    [Fact]
    public void Partitions_are_added_up_stream_by_stream()
    {
        var sum = SyncTally.Sum([Tally(("a", 3), ("b", 1)), Tally(("a", 4)), StepTally.Nothing], []);

        sum.Records.ShouldBe(new Dictionary<string, long> { ["a"] = 7, ["b"] = 1 }, ignoreOrder: true);
        sum.Streams["a"].ShouldBe(new StreamTally(70, 21, 42, 0, 700));
        sum.Bytes.ShouldBe(80);
        sum.FindUnreconciled().ShouldBeEmpty();
    }

    private static StepTally Tally(params (string Stream, long Out)[] streams) =>
        new(streams.ToDictionary(stream => stream.Stream, stream => stream.Out, StringComparer.Ordinal), streams.Sum(stream => stream.Out * 10), [])
        {
            Streams = streams.ToDictionary(stream => stream.Stream, stream => new StreamTally(stream.Out * 10, stream.Out * 3, stream.Out * 6, 0, stream.Out * 100), StringComparer.Ordinal),
        };

    private static async Task<TestFlow> CarryAsync(string? map, params (string Stream, int Count)[] records)
    {
        using var stages = new FlowStages(ValidationMode.Off, map is null ? [] : [TestMap.Read(map).Map!], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded));
        var flow = new TestFlow(4096, stages: stages);
        var lines = records.SelectMany(stream => Enumerable.Range(1, stream.Count).Select(id => $$$"""{"type":"RECORD","stream":"{{{stream.Stream}}}","record":{"id":{{{id}}}}}""" + "\n"));
        await flow.CarryAsync(Encoding.UTF8.GetBytes(string.Concat(lines)), [int.MaxValue]);
        return flow;
    }
}
