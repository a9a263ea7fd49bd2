using System.Globalization;
using System.Text;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>A set of Unicode code points, written out as what .NET's regular expressions understand: they count UTF-16 units.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    private const int LastUnit = 0xFFFF;
    private const int FirstSurrogate = 0xD800;
    private const int FirstLowSurrogate = 0xDC00;
    private const int LastSurrogate = 0xDFFF;

    private readonly List<(int First, int Last)> _ranges = [];

    public static CodePointSet Digits { get; } = Of(('0', '9'));

    public static CodePointSet WordCharacters { get; } = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    public static CodePointSet LineEnds { get; } = Of(('\n', '\n'), ('\r', '\r'), ('\u2028', '\u2029'));

    public static CodePointSet WhiteSpace { get; } = Of(
        ('\t', '\r'), (' ', ' '), ('\u00A0', '\u00A0'), ('\u1680', '\u1680'), ('\u2000', '\u200A'),
        ('\u2028', '\u2029'), ('\u202F', '\u202F'), ('\u205F', '\u205F'), ('\u3000', '\u3000'), ('\uFEFF', '\uFEFF'));

    /// <summary>All code points of some categories.</summary>
    public static CodePointSet Of(IReadOnlyCollection<UnicodeCategory> categories)
    {
        var set = new CodePointSet();
        var wanted = categories.Aggregate(0, (bits, category) => bits | (1 << (int)category));
        for (var first = 0; first <= Last; first++)
        {
            if (!IsWanted(first)) continue;
            var last = first;
            while (last < Last && IsWanted(last + 1)) last++;
            set.Add(first, last);
            first = last;
        }

        return set;

        bool IsWanted(int codePoint) => (wanted >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint) & 1) != 0;
    }

    public static CodePointSet Of(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        var set = new CodePointSet();
        foreach (var (first, last) in ranges) set.Add(first, last);
        return set;
    }

    public void Add(int first, int last) => _ranges.Add((first, last));

    public void Add(CodePointSet other) => _ranges.AddRange(other._ranges);

    /// <summary>Everything else. Half surrogate pairs are in no set: no text holds any.</summary>
    public CodePointSet Complement()
    {
        var complement = new CodePointSet();
        var next = 0;
        foreach (var (first, last) in Ordered())
        {
            if (first > next) complement.Add(next, first - 1);
            next = Math.Max(next, last + 1);
        }

        if (next <= Last) complement.Add(next, Last);
        return complement;
    }

    /// <summary>Writes an expression that matches one code point of the set.</summary>
    public void WriteTo(StringBuilder output)
    {
        var units = new StringBuilder();
        var pairs = new StringBuilder();
        foreach (var (first, last) in Ordered())
        {
            WriteUnits(units, first, Math.Min(last, FirstSurrogate - 1));
            WriteUnits(units, Math.Max(first, LastSurrogate + 1), Math.Min(last, LastUnit));
            WritePairs(pairs, Math.Max(first, LastUnit + 1), last);
        }

        if (pairs.Length == 0) output.Append(units.Length == 0 ? "[^\\u0000-\\uffff]" : $"[{units}]");
        else if (units.Length == 0) output.Append("(?:").Append(pairs, 1, pairs.Length - 1).Append(')');
        else output.Append("(?:[").Append(units).Append(']').Append(pairs).Append(')');
    }

    private static void WriteUnits(StringBuilder output, int first, int last)
    {
        if (first > last) return;
        output.Append($"\\u{first:x4}");
        if (last > first) output.Append($"-\\u{last:x4}");
    }

    /// <summary>Code points beyond 16 bits: first those that share a high surrogate with others, then whole blocks.</summary>
    private static void WritePairs(StringBuilder output, int first, int last)
    {
        while (first <= last)
        {
            var (high, low) = Split(first);
            var (lastHigh, lastLow) = Split(last);
            if (high == lastHigh || low != FirstLowSurrogate)
            {
                var endLow = high == lastHigh ? lastLow : LastSurrogate;
                output.Append($"|\\u{high:x4}[\\u{low:x4}-\\u{endLow:x4}]");
                first += endLow - low + 1;
                continue;
            }

            var endHigh = lastLow == LastSurrogate ? lastHigh : lastHigh - 1;
            output.Append($"|[\\u{high:x4}-\\u{endHigh:x4}][\\u{FirstLowSurrogate:x4}-\\u{LastSurrogate:x4}]");
            first += (endHigh - high + 1) * (LastSurrogate - FirstLowSurrogate + 1);
        }
    }

    private static (int High, int Low) Split(int codePoint)
    {
        var offset = codePoint - LastUnit - 1;
        return (FirstSurrogate + (offset >> 10), FirstLowSurrogate + (offset & 0x3FF));
    }

    /// <summary>The ranges in order, none touching another.</summary>
    private List<(int First, int Last)> Ordered()
    {
        List<(int First, int Last)> ordered = [];
        foreach (var range in _ranges.OrderBy(range => range.First))
        {
            if (ordered.Count > 0 && range.First <= ordered[^1].Last + 1) ordered[^1] = (ordered[^1].First, Math.Max(ordered[^1].Last, range.Last));
            else ordered.Add(range);
        }

        return ordered;
    }
}
