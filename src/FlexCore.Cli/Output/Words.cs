using System.Globalization;
using FlexCore.Client;

namespace FlexCore.Cli.Output;

/// <summary>Figures and states as people read them.</summary>
internal static class Words
{
    /// <summary>So many record streams at most are named; a tap may have thousands.</summary>
    public const int MostStreams = 20;

    private static readonly string[] SizeUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static string Size(double bytes)
    {
        var unit = 0;
        while (bytes >= 1024 && unit < SizeUnits.Length - 1) (bytes, unit) = (bytes / 1024, unit + 1);
        return unit == 0 ? $"{bytes:0} B" : $"{bytes:0.0} {SizeUnits[unit]}";
    }

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>So many of something: 1 dead letter, 2 dead letters.</summary>
    public static string Count(long number, string what) => $"{Count(number)} {what}{(number == 1 ? "" : "s")}";

    public static string Duration(long milliseconds) => milliseconds switch
    {
        < 1000 => $"{milliseconds} ms",
        < 60_000 => $"{milliseconds / 1000.0:0.0} s",
        _ => TimeSpan.FromMilliseconds(milliseconds).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture),
    };

    /// <summary>UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Records that did not get to the targets; empty when all did.</summary>
    public static string NotDelivered(RunStep step)
    {
        var leftOut = step.Streams.Values.Sum(stream => stream.LeftOut);
        return (leftOut > 0 ? $", {Count(leftOut)} left out" : "") + (step.DeadLetters > 0 ? $", {Count(step.DeadLetters, "dead letter")}" : "");
    }

    public static string Records(IReadOnlyDictionary<string, long> streams) =>
        streams.Count switch
        {
            0 => "0 records",
            1 => $"{Count(streams.Values.Single())} records of {streams.Keys.Single()}",
            _ => $"{Count(streams.Values.Sum())} records ({string.Join(", ", streams.Take(MostStreams).Select(stream => $"{stream.Key} {Count(stream.Value)}"))}{AndMore(streams.Count - MostStreams)})",
        };

    private static string AndMore(int number) => number > 0 ? $", and {Count(number)} more" : "";
}
