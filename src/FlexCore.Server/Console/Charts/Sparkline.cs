using System.Globalization;

namespace FlexCore.Server.Console.Charts;

/// <summary>Numbers as columns beside each other, on an area of 100 by 24.</summary>
/// <param name="Path">What is drawn (SVG 2, 9.3).</param>
/// <param name="Most">The highest number.</param>
public sealed record Sparkline(string Path, long Most)
{
    /// <summary>The width of the area.</summary>
    public const int Width = 100;

    /// <summary>The height of the area.</summary>
    public const int Height = 24;

    private const double Gap = 0.25;
    private const double LeastHeight = 1;

    /// <summary>Draws numbers, none of them below zero.</summary>
    public static Sparkline Of(IReadOnlyList<long> numbers)
    {
        var most = numbers.DefaultIfEmpty().Max();
        if (most == 0) return new Sparkline("", 0);
        var column = (double)Width / numbers.Count;
        var drawn = numbers.Select((number, index) => (number, index)).Where(each => each.number > 0).Select(each =>
        {
            var height = Math.Max(LeastHeight, Height * (double)each.number / most);
            return string.Create(CultureInfo.InvariantCulture, $"M{each.index * column:0.##} {Height}v-{height:0.##}h{column * (1 - Gap):0.##}V{Height}z");
        });
        return new Sparkline(string.Concat(drawn), most);
    }
}
