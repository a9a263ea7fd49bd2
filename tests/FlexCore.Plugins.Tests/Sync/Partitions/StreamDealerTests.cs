using System.Text.Json.Nodes;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Sync.Partitions;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync.Partitions;

/// <summary>Every selected record stream goes to one tap, and what belongs together to the same.</summary>
public sealed class StreamDealerTests
{
    [Theory]
    [InlineData("a b c d e", 2, "", "a c e | b d")]
    [InlineData("a b c", 8, "", "a | b | c")]
    [InlineData("a b c d e", 3, "a e", "a e | b d | c")]
    [InlineData("a b c d", 3, "d b", "a | b d | c")]
    [InlineData("a b ab abc d", 3, "a*", "a ab abc | b | d")]
    [InlineData("a b c d", 2, "a b c", "a b c | d")]
    [InlineData("a b/a c/b d", 4, "", "a b c | d")]
    [InlineData("b/a c/a d", 4, "", "b c | d")]
    [InlineData("a b c d", 4, "a b,c d,d a", "a b c d")]
    [InlineData("a b c", 1, "", "a b c")]
    [InlineData("a -b c", 2, "b c", "a | c")]
    [InlineData("a x:n y:n b", 4, "", "a | x y | b")]
    public void Streams_are_dealt_out_and_what_belongs_together_stays_together(string streams, int taps, string together, string expected)
    {
        var dealt = Deal(streams, taps, together);

        string.Join(" | ", dealt.Select(part => string.Join(' ', Selected(part)))).ShouldBe(expected);
        if (dealt.Count > 1) dealt.Select(part => part.Number).ShouldBe(Enumerable.Range(1, dealt.Count));
    }

    [Fact]
    public void Every_stream_goes_to_one_tap_however_they_are_tied() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, 9).Zip(Gen.Choose(0, 12)).NonEmptyListOf().Zip(Gen.Choose(1, 6)).ToArbitrary(), game =>
        {
            // A stream has another one as its parent, or one that is not there.
            var streams = game.Item1.Select((tie, index) => $"s{index}/s{tie.Item2}").ToList();
            var dealt = Deal(string.Join(' ', streams), game.Item2, "");

            dealt.SelectMany(Selected).Order().ShouldBe(streams.Select(stream => stream.Split('/')[0]).Order());
            dealt.Count.ShouldBeInRange(1, game.Item2);
            foreach (var (stream, parent) in streams.Select(stream => (stream.Split('/')[0], stream.Split('/')[1])).Where(pair => streams.Exists(other => other.StartsWith(pair.Item2 + "/", StringComparison.Ordinal))))
                dealt.Single(part => Selected(part).Contains(stream)).ShouldBe(dealt.Single(part => Selected(part).Contains(parent)));
        }));

    [Fact]
    public void Name_of_what_is_not_there_is_a_problem() =>
        StreamDealer.Deal(Catalog("a b"), new StreamPartitions(2, [["a", "ordres"]])).Problem.ShouldBe("partitions.together: 'ordres' matches none of: a, b");

    private static IReadOnlyList<Partition> Deal(string streams, int taps, string together)
    {
        var groups = together.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(group => (IReadOnlyList<string>)group.Split(' ')).ToList();
        var (partitions, problem) = StreamDealer.Deal(Catalog(streams), new StreamPartitions(taps, groups));
        problem.ShouldBeNull();
        return partitions;
    }

    /// <summary><c>id:name/parent</c>, with <c>-</c> where it is not selected.</summary>
    private static JsonObject Catalog(string streams)
    {
        var catalog = new JsonObject { ["streams"] = new JsonArray() };
        List<string> excluded = ["*"];
        foreach (var stream in streams.Split(' '))
        {
            var (own, parent) = stream.Split('/') is [var first, var second] ? (first, second) : (stream, null);
            var (id, name) = own.TrimStart('-').Split(':') is [var before, var after] ? (before, after) : (own.TrimStart('-'), own.TrimStart('-'));
            if (own.StartsWith('-')) excluded.Add("!" + id);
            JsonObject fields = [];
            if (parent is not null) fields["parent-tap-stream-id"] = parent;
            catalog["streams"]!.AsArray().Add(new JsonObject
            {
                ["tap_stream_id"] = id,
                ["stream"] = name,
                ["schema"] = new JsonObject { ["properties"] = new JsonObject { ["id"] = new JsonObject() } },
                ["metadata"] = new JsonArray(new JsonObject { ["breadcrumb"] = new JsonArray(), ["metadata"] = fields }),
            });
        }

        SingerCatalog.Select(catalog, excluded).ShouldBeNull();
        return catalog;
    }

    private static IEnumerable<string> Selected(Partition partition) =>
        SingerCatalog.Streams((JsonObject)JsonNode.Parse(partition.Catalog!.Value.GetRawText())!).Where(stream => stream.IsSelected).Select(stream => stream.Id);
}
