using System.Globalization;

namespace FlexCore.Domain.Plugins;

/// <summary>Reads sizes and durations as people write them.</summary>
public static class Units
{
    /// <summary>How a size is written.</summary>
    public const string SizeRule = "a size such as 512MiB, 64KiB or 1GiB";

    /// <summary>How a duration is written.</summary>
    public const string DurationRule = "a duration such as 500ms, 5s, 10m or 1h";

    /// <summary>How a lifetime is written.</summary>
    public const string LifetimeRule = "a lifetime such as 30m, 12h or 90d";

    private const double ShortestSeconds = 0.001;
    private const int MostDays = 36_500;

    private static readonly (string Suffix, long Factor)[] Sizes =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1), ("", 1),
    ];

    private static readonly (string Suffix, double Seconds)[] Durations = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Bytes, at least 1.</summary>
    public static long? Size(string text)
    {
        foreach (var (suffix, factor) in Sizes)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            return long.TryParse(text.AsSpan(0, text.Length - suffix.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > 0 && number <= long.MaxValue / factor ? number * factor : null;
        }

        return null;
    }

    /// <summary>A time span of at least a millisecond and at most a year.</summary>
    public static TimeSpan? Duration(string text)
    {
        foreach (var (suffix, seconds) in Durations)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            return double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * seconds >= ShortestSeconds && number * seconds <= TimeSpan.FromDays(365).TotalSeconds ? TimeSpan.FromSeconds(number * seconds) : null;
        }

        return null;
    }

    /// <summary>A duration, or whole days.</summary>
    public static TimeSpan? Lifetime(string text) =>
        text.EndsWith('d') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= MostDays ? TimeSpan.FromDays(days) : Duration(text);

    /// <summary>CPUs: a number from 0.01 to 1024.</summary>
    public static double? Cpus(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0.01 and <= 1024 ? number : null;

    /// <summary>A count from 1 to a million.</summary>
    public static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1_000_000 ? number : null;
}
