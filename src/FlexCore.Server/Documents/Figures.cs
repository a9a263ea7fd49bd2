using System.Globalization;

namespace FlexCore.Server.Documents;

/// <summary>Figures as people read them.</summary>
public static class Figures
{
    private static readonly string[] SizeUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Bytes: 1.5 MiB.</summary>
    public static string Size(double bytes)
    {
        var unit = 0;
        while (bytes >= 1024 && unit < SizeUnits.Length - 1) (bytes, unit) = (bytes / 1024, unit + 1);
        return unit == 0 ? $"{bytes:0} B" : $"{bytes:0.0} {SizeUnits[unit]}";
    }

    /// <summary>A number: 12,345.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>So many of something: 1 dead letter, 2 dead letters.</summary>
    public static string Count(long number, string what) => $"{Count(number)} {what}{(number == 1 ? "" : "s")}";

    /// <summary>A time span: 850 ms, 1.5 s, 0:02:30.</summary>
    /// <param name="milliseconds">In milliseconds.</param>
    public static string Duration(long milliseconds) => milliseconds switch
    {
        < 1000 => $"{milliseconds} ms",
        < 60_000 => $"{milliseconds / 1000.0:0.0} s",
        _ => TimeSpan.FromMilliseconds(milliseconds).ToString(milliseconds < 86_400_000 ? @"h\:mm\:ss" : @"d\d\ h\:mm", CultureInfo.InvariantCulture),
    };

    /// <summary>UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
