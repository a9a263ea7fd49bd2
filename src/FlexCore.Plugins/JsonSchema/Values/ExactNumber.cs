using System.Buffers.Text;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FlexCore.Plugins.JsonSchema.Values;

/// <summary>
/// A JSON number as it is meant: digits and a power of ten, no trailing zeros, so that 1, 1.0 and 10e-1 are the same. Up to 38
/// digits need no allocation. An exponent is never written out: 1e999999 is as cheap as 1.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct ExactNumber : IEquatable<ExactNumber>
{
    /// <summary>Numbers written with more digits are not compared.</summary>
    public const int MaxDigits = 1_000;

    /// <summary>Nor are those with a larger exponent, of either sign.</summary>
    public const long MaxExponent = 1_000_000_000;

    private const int UlongDigits = 19;
    private const int SmallDigits = 38;

    private static readonly UInt128[] PowersOfTen = [.. Powers(SmallDigits)];

    private readonly UInt128 _small;
    private readonly BigInteger _large;
    private readonly long _exponent;
    private readonly int _digits;
    private readonly bool _isNegative;

    private ExactNumber(bool isNegative, UInt128 small, BigInteger large, int digits, long exponent)
    {
        _isNegative = isNegative;
        _small = small;
        _large = large;
        _digits = digits;
        _exponent = exponent;
    }

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => _digits == 0 ? 0 : _isNegative ? -1 : 1;

    public bool IsWhole => _exponent >= 0;

    private bool IsSmall => _digits <= SmallDigits;

    private BigInteger Digits => IsSmall ? _small : _large;

    /// <summary>Reads a number of a JSON document.</summary>
    /// <returns>False when it has too many digits, or too large an exponent.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out ExactNumber number)
    {
        number = default;
        if (text.Length > MaxDigits && CountDigits(text) > MaxDigits) return false;
        ulong digits = 0;
        var count = 0;
        var zeros = 0;
        long exponent = 0;
        var isFraction = false;
        var isNegative = text[0] == '-';
        var at = isNegative ? 1 : 0;
        for (; at < text.Length; at++)
        {
            var digit = text[at] - '0';
            if ((uint)digit > 9)
            {
                if (text[at] != '.') break;
                isFraction = true;
                continue;
            }

            if (isFraction) exponent--;
            if (digit == 0)
            {
                if (count > 0) zeros++;
                continue;
            }

            count += zeros + 1;
            if (count > UlongDigits) return TryReadLong(text, isNegative, out number);
            digits = digits * (zeros == 0 ? 10 : (ulong)PowersOfTen[zeros + 1]) + (uint)digit;
            zeros = 0;
        }

        if (count == 0) return true;
        if (!TryReadExponent(text[at..], exponent + zeros, out exponent)) return false;
        number = new ExactNumber(isNegative, digits, default, count, exponent);
        return true;
    }

    /// <summary>The number as a count; null when it is negative or not whole. Counts beyond the largest long are the largest long.</summary>
    public long? AsCount()
    {
        if (Sign < 0 || !IsWhole) return null;
        return _digits + _exponent > 18 ? long.MaxValue : (long)(_small * PowersOfTen[(int)_exponent]);
    }

    /// <summary>Less than 0 when it is the smaller one, more when it is the larger one.</summary>
    public int Compare(in ExactNumber other)
    {
        if (Sign != other.Sign) return Sign.CompareTo(other.Sign);
        var compared = CompareSize(in other);
        return _isNegative ? -compared : compared;
    }

    public bool Equals(ExactNumber other) =>
        _digits == other._digits && _exponent == other._exponent && Sign == other.Sign && _small == other._small && _large == other._large;

    public override bool Equals(object? obj) => obj is ExactNumber other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Sign, _exponent, IsSmall ? _small.GetHashCode() : _large.GetHashCode());

    /// <summary>Whether it is a whole number of times another one, which is not 0.</summary>
    public bool IsMultipleOf(in ExactNumber divisor)
    {
        if (Sign == 0) return true;
        var shift = _exponent - divisor._exponent;

        // Its last digit is not 0, so that a divisor which ends further left cannot divide it.
        if (shift < 0) return false;
        if (!IsSmall || divisor._digits > UlongDigits) return IsLargeMultiple(in divisor, shift);
        var modulus = (ulong)divisor._small;
        var rest = (ulong)(_small % modulus);
        var power = 10 % modulus;
        for (; shift > 0 && rest != 0; shift >>= 1)
        {
            if ((shift & 1) != 0) rest = Multiply(rest, power, modulus);
            power = Multiply(power, power, modulus);
        }

        return rest == 0;
    }

    private static ulong Multiply(ulong left, ulong right, ulong modulus) =>
        (left | right) <= uint.MaxValue ? left * right % modulus : (ulong)((UInt128)left * right % modulus);

    private bool IsLargeMultiple(in ExactNumber divisor, long shift)
    {
        var modulus = divisor.Digits;
        return (Digits % modulus * BigInteger.ModPow(10, shift, modulus) % modulus).IsZero;
    }

    private int CompareSize(in ExactNumber other)
    {
        var order = (_digits + _exponent).CompareTo(other._digits + other._exponent);
        if (order != 0 || _digits == 0) return order;
        var more = other._digits - _digits;
        if (IsSmall && other.IsSmall)
            return more >= 0 ? (_small * PowersOfTen[more]).CompareTo(other._small) : _small.CompareTo(other._small * PowersOfTen[-more]);
        return more >= 0
            ? (Digits * BigInteger.Pow(10, more)).CompareTo(other.Digits)
            : Digits.CompareTo(other.Digits * BigInteger.Pow(10, -more));
    }

    private static bool TryReadLong(ReadOnlySpan<byte> text, bool isNegative, out ExactNumber number)
    {
        number = default;
        Span<char> digits = stackalloc char[MaxDigits];
        var count = 0;
        long exponent = 0;
        var isFraction = false;
        var at = isNegative ? 1 : 0;
        for (; at < text.Length && text[at] is (>= (byte)'0' and <= (byte)'9') or (byte)'.'; at++)
        {
            if (text[at] == '.')
            {
                isFraction = true;
                continue;
            }

            if (isFraction) exponent--;
            if (count > 0 || text[at] != '0') digits[count++] = (char)text[at];
        }

        for (; digits[count - 1] == '0'; count--) exponent++;
        if (!TryReadExponent(text[at..], exponent, out exponent)) return false;
        digits = digits[..count];
        number = count <= SmallDigits
            ? new ExactNumber(isNegative, UInt128.Parse(digits), default, count, exponent)
            : new ExactNumber(isNegative, 0, BigInteger.Parse(digits), count, exponent);
        return true;
    }

    /// <summary>Reads what follows the digits: nothing, or 'e' and a number.</summary>
    private static bool TryReadExponent(ReadOnlySpan<byte> text, long already, out long exponent)
    {
        exponent = already;
        if (text.IsEmpty) return true;
        text = text[(text[1] == '+' ? 2 : 1)..];
        if (!Utf8Parser.TryParse(text, out long written, out _) || written is < -MaxExponent or > MaxExponent) return false;
        exponent += written;
        return true;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'e', (byte)'E');
        return (end < 0 ? text.Length : end) - (text[0] == '-' ? 1 : 0) - (text.Contains((byte)'.') ? 1 : 0);
    }

    private static IEnumerable<UInt128> Powers(int highest)
    {
        UInt128 power = 1;
        for (var i = 0; i <= highest; i++, power *= 10) yield return power;
    }
}
