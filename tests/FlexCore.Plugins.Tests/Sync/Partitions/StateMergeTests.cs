using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Plugins.Sync.Partitions;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync.Partitions;

/// <summary>However the confirmations of partitions mix, their one state is what each has said last of its own record streams.</summary>
public sealed class StateMergeTests
{
    private const int Partitions = 3;

    [Fact]
    public void State_of_all_is_what_each_has_said_last_of_its_streams_however_their_confirmations_mix()
    {
        // Which partition confirms next, and up to where: of each of its two streams, sometimes of none.
        var moves = Gen.Choose(0, Partitions - 1).Zip(Gen.Choose(0, 5).Zip(Gen.Choose(0, 5))).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(moves.ToArbitrary(), game =>
        {
            var start = JsonElement.Parse("""{"bookmarks":{"a0":{"last":-1},"b1":{"last":-1},"gone":{"last":-1}},"top2":7,"whole":1}""");
            var merge = new StateMerge(start, [.. Enumerable.Range(0, Partitions).Select(Names)]);
            var last = new JsonObject?[Partitions];
            foreach (var (partition, (a, b)) in game)
            {
                // Each passes on what it was given of the others, as taps do; none of that may come back.
                var state = JsonNode.Parse(start.GetRawText())!.AsObject();
                if (a > 0) state["bookmarks"]!["a" + partition] = new JsonObject { ["last"] = a };
                else state["bookmarks"]!.AsObject().Remove("a" + partition);
                if (b > 0) state["bookmarks"]!["b" + partition] = new JsonObject { ["last"] = b };
                state["top" + partition] = a + b;
                last[partition] = state;

                var all = JsonNode.Parse(merge.Confirm(partition, JsonElement.Parse(state.ToJsonString())).GetRawText())!;
                JsonNode.DeepEquals(all, Union(start, last)).ShouldBeTrue($"{all}");
            }
        }));
    }

    [Theory]
    [InlineData("""{"lsn":9}""", """{"lsn":9}""", """{"lsn":9}""")]
    [InlineData("""{"lsn":9}""", """{"lsn":8}""", """{"lsn":1}""")]
    [InlineData("""{"lsn":9}""", null, """{"lsn":1}""")]
    [InlineData("{}", """{"lsn":1}""", """{"lsn":1}""")]
    [InlineData("{}", "{}", "{}")]
    [InlineData("""{"lsn":9,"currently_syncing":"a"}""", """{"lsn":9,"currently_syncing":"b"}""", """{"lsn":9}""")]
    [InlineData("""{"lsn":9,"currently_syncing":null}""", """{"lsn":9,"currently_syncing":null}""", """{"currently_syncing":null,"lsn":9}""")]
    [InlineData("""{"bookmarks":{"b":3,"a":1},"lsn":1}""", """{"bookmarks":{"b":2,"a":0},"lsn":1}""", """{"bookmarks":{"a":1,"b":2},"lsn":1}""")]
    [InlineData("""{"bookmarks":{"other":1},"lsn":1}""", """{"bookmarks":{"other":1},"lsn":1}""", """{"bookmarks":{"other":1},"lsn":1}""")]
    [InlineData("""{"bookmarks":{"other":1},"lsn":1}""", """{"bookmarks":{"other":2},"lsn":1}""", """{"bookmarks":{},"lsn":1}""")]
    [InlineData("""{"bookmarks":null,"lsn":1}""", """{"bookmarks":[1],"lsn":1}""", """{"lsn":1}""")]
    [InlineData("null", "\"2026-01-01\"", """{"lsn":1}""")]
    public void What_belongs_to_no_stream_moves_when_all_say_the_same(string first, string? second, string expected)
    {
        var merge = new StateMerge(JsonElement.Parse("""{"lsn":1}"""), [Set("a"), Set("b")]);

        var state = merge.Confirm(0, JsonElement.Parse(first));
        if (second is not null) state = merge.Confirm(1, JsonElement.Parse(second));

        JsonElement.DeepEquals(state, JsonElement.Parse(expected)).ShouldBeTrue(state.GetRawText());
    }

    [Fact]
    public void What_stays_because_partitions_do_not_agree_is_named()
    {
        var merge = new StateMerge(JsonElement.Parse("""{"lsn":1}"""), [Set("a"), Set("b")]);
        merge.Confirm(0, JsonElement.Parse("""{"lsn":2,"bookmarks":{"a":1,"parent":1},"same":1}"""));
        merge.Confirm(1, JsonElement.Parse("""{"lsn":3,"bookmarks":{"b":1},"same":1}"""));

        merge.FindUnsettled().ShouldBe(["lsn", "bookmarks.parent"]);
    }

    [Fact]
    public void Digits_and_texts_stay_as_they_are()
    {
        var merge = new StateMerge(null, [Set("a"), Set("b")]);

        merge.Confirm(1, JsonElement.Parse("""{"bookmarks":{"b":{"at":1.10,"id":123456789012345678901234567890,"t":"é\u0000"}}}"""))
            .GetProperty("bookmarks").GetProperty("b").EnumerateObject().Select(member => member.Value.ToString()).ShouldBe(["1.10", "123456789012345678901234567890", "é\0"]);
    }

    private static JsonObject Union(JsonElement start, JsonObject?[] last)
    {
        var union = JsonNode.Parse(start.GetRawText())!.AsObject();
        var bookmarks = union["bookmarks"]!.AsObject();
        for (var partition = 0; partition < Partitions; partition++)
        {
            if (last[partition] is not { } state) continue;
            foreach (var name in Names(partition))
            {
                bookmarks.Remove(name);
                if (state["bookmarks"]![name] is { } bookmark) bookmarks[name] = bookmark.DeepClone();
                union.Remove(name);
                if (state[name] is { } top) union[name] = top.DeepClone();
            }
        }

        return union;
    }

    private static HashSet<string> Names(int partition) => Set("a" + partition, "b" + partition, "top" + partition);

    private static HashSet<string> Set(params string[] names) => names.ToHashSet(StringComparer.Ordinal);
}
