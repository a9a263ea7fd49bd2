using System.Globalization;

namespace FlexCore.Domain.Scheduling;

/// <summary>The values that one field of a cron expression allows.</summary>
/// <param name="Bits">Bit n is set where n is allowed.</param>
/// <param name="IsStar">Whether the field begins with <c>*</c>: see <see cref="CronExpression"/>.</param>
internal readonly record struct CronField(ulong Bits, bool IsStar)
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>The five fields, in their order.</summary>
    public static IReadOnlyList<Kind> Kinds { get; } =
        [new("minute", 0, 59, []), new("hour", 0, 23, []), new("day of the month", 1, 31, []), new("month", 1, 12, Months), new("day of the week", 0, 7, Days)];

    public bool Allows(int value) => (Bits >> value & 1) != 0;

    /// <summary>The allowed values in ascending order.</summary>
    public IEnumerable<int> Values()
    {
        for (var value = 0; value < 64; value++)
        {
            if (Allows(value)) yield return value;
        }
    }

    /// <summary>Reads a list of values, ranges and steps; null when it is none.</summary>
    public static CronField? Parse(string text, Kind kind)
    {
        var bits = 0UL;
        foreach (var item in text.Split(','))
        {
            if (ParseItem(item, kind) is not { } values) return null;
            bits |= values;
        }

        // Sunday is 0 and 7.
        if (kind.Max == 7) bits = (bits | (bits >> 7 & 1)) & 0x7F;
        return new CronField(bits, text[0] == '*');
    }

    private static ulong? ParseItem(string item, Kind kind)
    {
        var (range, step) = item.Split('/') switch
        {
            [var whole] => (whole, 1),
            [var whole, var every] when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= kind.Max => (whole, number),
            _ => ("", 0),
        };
        (int? First, int? Last) bounds = range.Split('-') switch
        {
            ["*"] => (kind.Min, kind.Max == 7 ? 6 : kind.Max),
            [var first, var last] => (kind.Value(first), kind.Value(last)),
            [var single] when step == 1 && !item.Contains('/', StringComparison.Ordinal) => (kind.Value(single), kind.Value(single)),

            // "5/15" is "from 5 to the end, every 15".
            [var start] => (kind.Value(start), kind.Max == 7 ? 6 : kind.Max),
            _ => (null, null),
        };
        if (bounds is not ({ } from, { } to) || from > to) return null;
        var bits = 0UL;
        for (var value = from; value <= to; value += step) bits |= 1UL << value;
        return bits;
    }

    /// <summary>One of the five.</summary>
    /// <param name="Name">For people.</param>
    /// <param name="Min">The lowest value.</param>
    /// <param name="Max">The highest value.</param>
    /// <param name="Names">Words for the values, from the lowest on.</param>
    internal sealed record Kind(string Name, int Min, int Max, IReadOnlyList<string> Names)
    {
        /// <summary>What may stand in it.</summary>
        public string Rule => $"{Min} to {Max}{(Names.Count > 0 ? $" or {Names[0]} to {Names[^1]}" : "")}, as values, ranges (a-b), steps (*/n, a-b/n) and lists of them (a,b)";

        public int? Value(string text)
        {
            var named = Names.ToList().FindIndex(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (named >= 0) return named + Min;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max ? number : null;
        }
    }
}
