using FlexCore.Domain.Pipelines;

namespace FlexCore.Domain.Tests.Pipelines;

public sealed class RefreshGuardsTests
{
    [Theory]
    [InlineData(false, null, 0, 0, "no records")]
    [InlineData(false, null, 0, 5, "no records")]
    [InlineData(false, null, 1, 1000, null)]
    [InlineData(true, null, 0, 1000, null)]
    [InlineData(true, 80.0, 20, 100, "20 records of orders, 80 % fewer or more than the 100")]
    [InlineData(true, 80.0, 21, 100, null)]
    [InlineData(true, 80.0, 0, 100, "0 records of orders")]
    [InlineData(true, 80.0, 0, 0, null)]
    [InlineData(true, 100.0, 0, 100, "0 records")]
    [InlineData(true, 100.0, 1, 100, null)]
    [InlineData(false, 0.5, 200, 100, null)]
    [InlineData(false, 0.5, 1_000_000_000_000, 9_000_000_000_000_000, "fewer")]
    public void Full_refresh_that_brings_too_little_does_not_count(bool allowsEmpty, double? shrink, long now, long last, string? expected)
    {
        var refusal = new RefreshGuards(allowsEmpty, shrink).Refuse(Records(("orders", now)), Records(("orders", last)));

        if (expected is null) refusal.ShouldBeNull();
        else refusal.ShouldNotBeNull().ShouldContain(expected);
    }

    [Fact]
    public void Every_record_stream_counts_for_itself_and_new_ones_are_welcome()
    {
        var last = Records(("orders", 100), ("people", 100));

        RefreshGuards.Usual.Refuse(Records(("orders", 900), ("people", 0)), last).ShouldNotBeNull().ShouldContain("no records of people, of which the last one had 100");
        RefreshGuards.Usual.Refuse(Records(("orders", 900)), last).ShouldNotBeNull().ShouldContain("people");
        RefreshGuards.Usual.Refuse(Records(("orders", 1), ("people", 1), ("pets", 1)), last).ShouldBeNull();
        RefreshGuards.Usual.Refuse(Records(("orders", 1)), Records()).ShouldBeNull("nothing is known of an earlier one");
    }

    private static Dictionary<string, long> Records(params (string Stream, long Count)[] streams) => streams.ToDictionary(stream => stream.Stream, stream => stream.Count, StringComparer.Ordinal);
}
