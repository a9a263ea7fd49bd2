using System.Globalization;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Tests.Scheduling;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("*/15 * * * *", "2026-05-04T10:07Z", "2026-05-04T10:15Z 2026-05-04T10:30Z 2026-05-04T10:45Z 2026-05-04T11:00Z")]
    [InlineData("0 9-17/4 * * mon-fri", "2026-05-01T12:00Z", "2026-05-01T13:00Z 2026-05-01T17:00Z 2026-05-04T09:00Z")]
    [InlineData("5/20 3 * * *", "2026-05-01T00:00Z", "2026-05-01T03:05Z 2026-05-01T03:25Z 2026-05-01T03:45Z 2026-05-02T03:05Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00Z", "2028-02-29T00:00Z 2032-02-29T00:00Z")]
    [InlineData("0 0 1 JAN,Jul *", "2026-01-01T00:00Z", "2026-07-01T00:00Z 2027-01-01T00:00Z")]
    [InlineData("0 0 * * 7", "2026-05-04T00:00Z", "2026-05-10T00:00Z 2026-05-17T00:00Z")]
    [InlineData("0 0 * * 5-7", "2026-05-04T00:00Z", "2026-05-08T00:00Z 2026-05-09T00:00Z 2026-05-10T00:00Z 2026-05-15T00:00Z")]
    [InlineData("@weekly", "2026-05-04T00:00Z", "2026-05-10T00:00Z")]
    public void Next_times_are_those_of_cron(string cron, string after, string expected) => After(cron, after, "UTC", expected.Split(' ').Length).ShouldBe(expected);

    [Fact]
    public void Either_day_field_is_enough_when_both_are_restricted() => After("0 0 13 * fri", "2026-02-01T00:00Z", "UTC", 4).ShouldBe("2026-02-06T00:00Z 2026-02-13T00:00Z 2026-02-20T00:00Z 2026-02-27T00:00Z");

    [Fact]
    public void Both_day_fields_must_fit_when_one_begins_with_a_star() => After("0 0 */2 * mon", "2026-05-01T00:00Z", "UTC", 2).ShouldBe("2026-05-11T00:00Z 2026-05-25T00:00Z");

    // In 2026 Lisbon goes from 01:00 to 02:00 on 29 March, New York from 02:00 to 03:00 on 8 March.
    [Theory]
    [InlineData("30 1 * * *", "Europe/Lisbon", "2026-03-28T02:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z")]
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", "2026-03-08T07:00Z 2026-03-09T06:30Z")]
    public void Time_of_day_that_is_missing_is_due_right_behind_the_gap(string cron, string zone, string after, string expected) => After(cron, after, zone, 2).ShouldBe(expected);

    [Theory]
    [InlineData("0,20,40 1 * * *", "Europe/Lisbon", "2026-03-28T02:00Z", "2026-03-29T01:00Z 2026-03-30T00:00Z")]
    [InlineData("0,20,40 2,3 * * *", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T07:00Z 2026-03-08T07:20Z 2026-03-08T07:40Z")]
    public void Several_times_in_one_gap_are_one(string cron, string zone, string after, string expected) => After(cron, after, zone, expected.Split(' ').Length).ShouldBe(expected);

    [Theory]
    [InlineData("*/30 * * * *", "Europe/Lisbon", "2026-03-29T00:00Z", "2026-03-29T00:30Z 2026-03-29T01:00Z 2026-03-29T01:30Z")]
    [InlineData("*/30 2 * * *", "America/New_York", "2026-03-07T12:00Z", "2026-03-09T06:00Z 2026-03-09T06:30Z")]
    public void Interval_knows_nothing_of_an_hour_that_is_missing(string cron, string zone, string after, string expected) => After(cron, after, zone, expected.Split(' ').Length).ShouldBe(expected);

    // Lisbon goes from 02:00 back to 01:00 on 25 October, New York from 02:00 back to 01:00 on 1 November.
    [Theory]
    [InlineData("30 1 * * *", "Europe/Lisbon", "2026-10-24T12:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z")]
    [InlineData("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", "2026-11-01T05:30Z 2026-11-02T06:30Z")]
    public void Time_of_day_that_is_there_twice_is_due_once(string cron, string zone, string after, string expected) => After(cron, after, zone, 2).ShouldBe(expected);

    [Theory]
    [InlineData("*/30 * * * *", "Europe/Lisbon", "2026-10-25T00:00Z", "2026-10-25T00:30Z 2026-10-25T01:00Z 2026-10-25T01:30Z 2026-10-25T02:00Z")]
    [InlineData("*/30 1 * * *", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T05:00Z 2026-11-01T05:30Z 2026-11-01T06:00Z 2026-11-01T06:30Z 2026-11-02T06:00Z")]
    public void Interval_goes_on_through_an_hour_that_is_there_twice(string cron, string zone, string after, string expected) => After(cron, after, zone, expected.Split(' ').Length).ShouldBe(expected);

    [Theory]
    [InlineData("30 1 * * *", "Europe/Lisbon")]
    [InlineData("*/7 */3 * * *", "America/New_York")]
    [InlineData("0,20,40 2 * 3,10,11 sun", "America/New_York")]
    [InlineData("15 0 1 * mon", "Australia/Lord_Howe")]
    public void Backwards_are_the_same_times_as_forwards(string cron, string name)
    {
        var (expression, zone) = (CronExpression.Parse(cron, out _)!, TimeZoneInfo.FindSystemTimeZoneById(name));
        var (from, to) = (Time("2026-01-01T00:00Z"), Time("2027-01-01T00:00Z"));

        var forwards = expression.After(from, zone).TakeWhile(time => time <= to).ToList();

        forwards.ShouldNotBeEmpty();
        forwards.ShouldBe(forwards.Distinct().Order());
        expression.UpTo(to, zone).TakeWhile(time => time > from).Reverse().ShouldBe(forwards);
    }

    [Theory]
    [InlineData("* * * *", "has 4 fields instead of 5")]
    [InlineData("* * * * * *", "has 6 fields instead of 5")]
    [InlineData("60 * * * *", "has '60' for the minute, which takes 0 to 59")]
    [InlineData("* 24 * * *", "has '24' for the hour")]
    [InlineData("* * 0 * *", "has '0' for the day of the month")]
    [InlineData("* * * 13 *", "has '13' for the month")]
    [InlineData("* * * * 8", "has '8' for the day of the week, which takes 0 to 7 or sun to sat")]
    [InlineData("*/0 * * * *", "has '*/0'")]
    [InlineData("5-1 * * * *", "has '5-1'")]
    [InlineData("1,,2 * * * *", "has '1,,2'")]
    [InlineData("-1 * * * *", "has '-1'")]
    [InlineData("1/2/3 * * * *", "has '1/2/3'")]
    [InlineData("*-5 * * * *", "has '*-5'")]
    [InlineData("? * * * *", "has '?'")]
    [InlineData("@reboot", "has 1 fields")]
    [InlineData("", "has 0 fields")]
    [InlineData("0 0 30 2 *", "never comes")]
    public void Anything_else_is_refused_with_what_is_wrong(string cron, string expected)
    {
        CronExpression.Parse(cron, out var problem).ShouldBeNull();
        problem.ShouldNotBeNull().ShouldContain(expected);
    }

    private static string After(string cron, string after, string zone, int count) =>
        string.Join(' ', CronExpression.Parse(cron, out _)!.After(Time(after), TimeZoneInfo.FindSystemTimeZoneById(zone)).Take(count).Select(time => time.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture)));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
