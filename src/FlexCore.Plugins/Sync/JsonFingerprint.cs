using System.Globalization;
using System.Text.Json;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// A number that is the same for JSON values that mean the same: whatever the order of keys, the escapes and the way numbers
/// are written, for programs parse a STATE and write it anew. That two others share it is too unlikely to reckon with.
/// </summary>
internal static class JsonFingerprint
{
    private const ulong Basis = 14695981039346656037; // FNV-1a, 64 bits
    private const ulong Prime = 1099511628211;
    private const double ExactIntegers = 1L << 53;

    public static ulong Of(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var sum = 17UL;
                foreach (var member in value.EnumerateObject()) sum = unchecked(sum + Mix(Of(member.Name), Of(member.Value)));
                return Mix((ulong)JsonValueKind.Object, sum);
            case JsonValueKind.Array:
                var items = (ulong)JsonValueKind.Array;
                foreach (var item in value.EnumerateArray()) items = Mix(items, Of(item));
                return items;
            case JsonValueKind.String:
                return Of(value.GetString()!);
            case JsonValueKind.Number:
                return Mix((ulong)JsonValueKind.Number, OfNumber(value));
            default:
                return Mix((ulong)value.ValueKind, 0);
        }
    }

    private static ulong OfNumber(JsonElement value)
    {
        var number = value.GetDouble();

        // Ids and times in nanoseconds are larger than what a double tells apart.
        if (Math.Abs(number) >= ExactIntegers && value.TryGetDecimal(out var exact) && decimal.IsInteger(exact)) return Of(exact.ToString("0", CultureInfo.InvariantCulture));
        if (Math.Abs(number) >= ExactIntegers && !value.GetRawText().AsSpan().ContainsAny(".eE")) return Of(value.GetRawText());
        return BitConverter.DoubleToUInt64Bits(number + 0.0); // -0 and 0 are one.
    }

    private static ulong Of(string text)
    {
        var hash = Basis;
        foreach (var c in text) hash = unchecked((hash ^ c) * Prime);
        return Mix(hash, (ulong)text.Length);
    }

    /// <summary>The finalizer of SplitMix64 over both.</summary>
    private static ulong Mix(ulong a, ulong b)
    {
        unchecked
        {
            var mixed = (a * 0x9E3779B97F4A7C15) + b + 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
