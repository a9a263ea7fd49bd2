using System.Text;
using System.Text.Json;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Sync;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>What a target gives back is found among what has passed, however it is written, and never taken for a later one.</summary>
public sealed class StateNumbersTests
{
    /// <summary>Values that parsers of doubles, or people, take for the same; some of them repeat.</summary>
    private static readonly string[] Values =
    [
        """{"a":1,"b":[1,2]}""", """{"a":2,"b":[2,1]}""", """{"at":1700000000000000001}""", """{"at":1700000000000000002}""", """{"id":123456789012345678901234567890}""",
        """{"id":123456789012345678901234567891}""", """{"s":"é\n"}""", """{"s":""}""", """{"s":null}""", """{"s":0.5}""", """{"s":"0.5"}""",
    ];

    [Fact]
    public void Committed_state_is_never_ahead_of_a_target_when_values_repeat_and_are_written_anew()
    {
        // Which value passes next (from 0), or which target gives one back (-1, -2), leaving out as many as its turn says.
        var moves = Gen.OneOf(Gen.Choose(0, Values.Length - 1), Gen.Elements(-1, -2)).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(moves.ToArbitrary(), game =>
        {
            var states = new TargetStates(["a", "b"], CommittedState.None, fullRefresh: false, new Warned());
            var passed = new List<int>();
            var given = new int[2];
            foreach (var (move, turn) in game.Select((move, turn) => (move, turn)))
            {
                if (move >= 0)
                {
                    passed.Add(move);
                    states.Numbers!.Pass(Encoding.UTF8.GetBytes($$"""{"type":"STATE","value":{{Values[move]}}}"""));
                    continue;
                }

                var target = -move - 1;
                if (given[target] == passed.Count) continue;
                given[target] = Math.Min(passed.Count, given[target] + 1 + (turn % 3));
                var committed = false;
                states.Confirm(target, JsonElement.Parse(Rewritten(Values[passed[given[target] - 1]])), (value, targets) =>
                {
                    committed = true;
                    targets!.Select(state => state.Number).Zip(given).ShouldAllBe(pair => pair.First <= pair.Second);
                    if (value.ValueKind == JsonValueKind.Null) return;
                    passed.Take(given.Min()).ShouldContain(index => JsonElement.DeepEquals(JsonElement.Parse(Values[index]), value), $"{value} was not yet given back by both");
                });
                committed.ShouldBeTrue("each of them had passed");
            }
        }));
    }

    [Fact]
    public void Bookmarks_move_to_the_end_when_every_target_gives_everything_back() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, Values.Length - 1).NonEmptyListOf().ToArbitrary(), passing =>
        {
            var numbers = new StateNumbers(2, last: 40);
            foreach (var value in passing) numbers.Pass(Encoding.UTF8.GetBytes($$"""{"type":"STATE","value":{{Values[value]}}}"""));

            foreach (var target in (int[])[0, 1])
                passing.Select(value => numbers.Confirm(target, JsonElement.Parse(Rewritten(Values[value])))).ShouldBe(Enumerable.Range(1, passing.Count).Select(number => (long?)(40 + number)));
            numbers.UnderWay.ShouldBe(0, "nothing is kept of what all have");
        }));

    [Fact]
    public void Times_in_nanoseconds_are_told_apart()
    {
        // As doubles the two are one: the first target would be taken at the value of the second.
        var states = new TargetStates(["a", "b"], CommittedState.None, fullRefresh: false, new Warned());
        foreach (var at in (string[])["1700000000000000001", "1700000000000000002"]) states.Numbers!.Pass(Encoding.UTF8.GetBytes($$$"""{"type":"STATE","value":{"at":{{{at}}}}}"""));
        states.Confirm(0, JsonElement.Parse("""{"at":1700000000000000002}"""), (_, _) => { });

        var committed = "";
        states.Confirm(1, JsonElement.Parse("""{"at":1700000000000000001}"""), (value, _) => committed = value.GetRawText());

        committed.ShouldBe("""{"at":1700000000000000001}""");
    }

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("""{"a":1}""", """{ "\u0061" : 1.0 }""")]
    [InlineData("""{"a":0}""", """{"a":-0.0}""")]
    [InlineData("""{"a":1e3}""", """{"a":1000}""")]
    [InlineData("""{"a":1e19}""", """{"a":10000000000000000000}""")]
    [InlineData("""{"a":"🙂é"}""", """{"a":"\ud83d\ude42\u00e9"}""")]
    [InlineData("""{"a":1e999999}""", """{"a":1e999999}""")]
    public void Values_that_mean_the_same_have_one_fingerprint(string one, string other) => Fingerprint(one).ShouldBe(Fingerprint(other));

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":[]}""", """{"a":{}}""")]
    [InlineData("""{"a":[[1],2]}""", """{"a":[[1,2]]}""")]
    [InlineData("""{"a":"1"}""", """{"a":1}""")]
    [InlineData("""{"a":null}""", """{"a":false}""")]
    [InlineData("""{"a":9007199254740993}""", """{"a":9007199254740992}""")]
    [InlineData("""{"a":-9223372036854775808}""", """{"a":-9223372036854775807}""")]
    [InlineData("""{"a":123456789012345678901234567890}""", """{"a":123456789012345678901234567891}""")]
    public void Values_that_mean_something_else_have_another(string one, string other) => Fingerprint(one).ShouldNotBe(Fingerprint(other));

    [Fact]
    public void No_two_of_a_million_bookmarks_share_a_fingerprint() =>
        Enumerable.Range(0, 1_000_000).Select(id => Fingerprint($$"""{"id":{{id}}}""")).Distinct().Count().ShouldBe(1_000_000);

    [Fact]
    public void What_is_kept_for_a_target_that_never_answers_is_bounded_and_bookmarks_go_on_behind_it()
    {
        var numbers = new StateNumbers(2, last: 0, maxUnderWay: 100);
        for (var i = 1; i <= 1000; i++)
        {
            Pass(numbers, i);
            numbers.Confirm(0, Value(i)).ShouldBe(i);
            numbers.UnderWay.ShouldBeLessThanOrEqualTo(100);
        }

        numbers.Confirm(1, Value(5)).ShouldBeNull("it is forgotten");
        numbers.Confirm(1, Value(950)).ShouldBe(950);
        numbers.Confirm(0, Value(950)).ShouldBeNull("that target is further already");
        numbers.UnderWay.ShouldBe(50);
    }

    [Fact]
    public void A_target_that_answers_only_at_the_end_does_not_hold_up_one_that_answers_at_once()
    {
        const int States = 200_000;
        var numbers = new StateNumbers(2, last: 0);
        for (var i = 1; i <= States; i++)
        {
            Pass(numbers, i);
            numbers.Confirm(0, Value(i)).ShouldBe(i);
        }

        for (var i = 1; i <= States; i++) numbers.Confirm(1, Value(i)).ShouldBe(i);

        numbers.UnderWay.ShouldBe(0);
    }

    [Fact]
    public void STATE_that_nobody_can_parse_has_no_number()
    {
        var numbers = new StateNumbers(2, last: 0);
        foreach (var line in (string[])["""{"type":"STATE","value":{"a":1,"a":2}}""", "not json", """{"type":"STATE"}"""]) numbers.Pass(Encoding.UTF8.GetBytes(line));

        numbers.UnderWay.ShouldBe(0);
    }

    private static ulong Fingerprint(string json) => JsonFingerprint.Of(JsonElement.Parse(json));

    private static JsonElement Value(int last) => JsonElement.Parse($$"""{"last":{{last}}}""");

    private static void Pass(StateNumbers numbers, int last) => numbers.Pass(Encoding.UTF8.GetBytes($$$"""{"type":"STATE","value":{"last":{{{last}}}}}"""));

    /// <summary>Keys from behind, everything escaped, small whole numbers as floating-point ones.</summary>
    private static string Rewritten(string json)
    {
        var members = JsonElement.Parse(json).EnumerateObject().Reverse().Select(member => $"{Escaped(member.Name)}: {Rewritten(member.Value)}");
        return $"{{ {string.Join(" , ", members)} }}";
    }

    private static string Rewritten(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Escaped(value.GetString()!),
        JsonValueKind.Array => $"[ {string.Join(" , ", value.EnumerateArray().Select(Rewritten))} ]",
        JsonValueKind.Number when value.TryGetInt16(out var small) => $"{small}.0",
        _ => value.GetRawText(),
    };

    private static string Escaped(string text) => $"\"{string.Concat(text.Select(c => $"\\u{(int)c:x4}"))}\"";
}
