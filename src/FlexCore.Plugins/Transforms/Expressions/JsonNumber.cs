namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>Numbers by their digits: exact or not at all, never by way of a double.</summary>
internal static class JsonNumber
{
    private const int LongestInteger = 1000;
    private const int LargestScale = 28;
    private const int QuickLength = 18;
    private const long Saturated = 1_000_000_000_000;
    private static readonly UInt128 LargestMantissa = (UInt128.One << 96) - 1;

    /// <summary>Whether a text is a number by JSON's grammar.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith((byte)'-')) text = text[1..];
        var whole = Digits(text);
        if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
        text = text[whole..];
        if (text.StartsWith((byte)'.'))
        {
            var fraction = Digits(text[1..]);
            if (fraction == 0) return false;
            text = text[(1 + fraction)..];
        }

        if (text.IsEmpty) return true;
        if (text[0] is not ((byte)'e' or (byte)'E')) return false;
        text = text[1..];
        if (text.Length > 0 && text[0] is (byte)'+' or (byte)'-') text = text[1..];
        return text.Length > 0 && Digits(text) == text.Length;
    }

    /// <summary>A JSON number as a decimal, if a decimal can hold exactly this number.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> number, out decimal value)
    {
        if (number.Length <= QuickLength && TryQuick(number, out value)) return true;
        value = 0;
        var scan = new Scan(number);
        UInt128 mantissa = 0;
        while (scan.Next(out var zeros, out var digit))
        {
            if (!TryShift(ref mantissa, zeros + 1L)) return false;
            mantissa += (uint)digit;
            if (mantissa > LargestMantissa) return false;
        }

        if (mantissa == 0) return true;
        var exponent = scan.Exponent;
        if (exponent < -LargestScale || !TryShift(ref mantissa, exponent)) return false;
        value = new decimal((int)(uint)mantissa, (int)(uint)(mantissa >> 32), (int)(uint)(mantissa >> 64), scan.IsNegative, (byte)Math.Max(-exponent, 0));
        return true;
    }

    /// <summary>Appends a JSON number in plain digits, if it is whole and not absurdly long.</summary>
    public static bool TryAppendInteger(ReadOnlySpan<byte> number, LineBuffer output)
    {
        if (number.IndexOfAny(".eE"u8) < 0)
        {
            output.Append(number);
            return true;
        }

        var scan = new Scan(number);
        var start = output.Length;
        if (scan.IsNegative) output.Append((byte)'-');
        var first = output.Length;
        while (scan.Next(out var zeros, out var digit))
        {
            if (output.Length > first && !AppendZeros(output, zeros, first)) return Fail(output, start);
            output.Append((byte)('0' + digit));
        }

        if (output.Length == first)
        {
            output.Length = start;
            output.Append((byte)'0');
            return true;
        }

        return (scan.Exponent >= 0 && AppendZeros(output, scan.Exponent, first)) || Fail(output, start);
    }

    private static bool Fail(LineBuffer output, int start)
    {
        output.Length = start;
        return false;
    }

    private static bool AppendZeros(LineBuffer output, long count, int first)
    {
        if (output.Length - first + count > LongestInteger) return false;
        for (; count > 0; count--) output.Append((byte)'0');
        return true;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }

    /// <summary>Without exponent, and short enough for a long.</summary>
    private static bool TryQuick(ReadOnlySpan<byte> number, out decimal value)
    {
        value = 0;
        var isNegative = number[0] == '-';
        long mantissa = 0;
        var point = number.Length - 1;
        for (var at = isNegative ? 1 : 0; at < number.Length; at++)
        {
            if (number[at] == '.') point = at;
            else if (char.IsAsciiDigit((char)number[at])) mantissa = (mantissa * 10) + (number[at] - '0');
            else return false;
        }

        value = new decimal((int)mantissa, (int)(mantissa >> 32), 0, isNegative, (byte)(number.Length - 1 - point));
        return true;
    }

    private static bool TryShift(ref UInt128 mantissa, long places)
    {
        if (mantissa == 0) return true;
        for (; places > 0; places--)
        {
            mantissa *= 10;
            if (mantissa > LargestMantissa) return false;
        }

        return true;
    }

    /// <summary>Goes through the digits that are not zero.</summary>
    private ref struct Scan
    {
        private readonly ReadOnlySpan<byte> _digits;
        private readonly long _exponent;
        private int _at;
        private int _fraction;
        private int _zeros;
        private bool _inFraction;

        public Scan(ReadOnlySpan<byte> number)
        {
            IsNegative = number[0] == '-';
            if (IsNegative) number = number[1..];
            var e = number.IndexOfAny((byte)'e', (byte)'E');
            _digits = e < 0 ? number : number[..e];
            _exponent = e < 0 ? 0 : ReadExponent(number[(e + 1)..]);
        }

        public bool IsNegative { get; }

        /// <summary>Power of ten of the last digit that is not zero; known when all have been seen.</summary>
        public readonly long Exponent => _exponent - _fraction + _zeros;

        /// <summary>The next digit that is not zero, and how many zeros lie before it.</summary>
        public bool Next(out int zeros, out int digit)
        {
            for (; _at < _digits.Length; _at++)
            {
                if (_digits[_at] == '.')
                {
                    _inFraction = true;
                    continue;
                }

                if (_inFraction) _fraction++;
                if (_digits[_at] == '0')
                {
                    _zeros++;
                    continue;
                }

                (zeros, digit, _zeros) = (_zeros, _digits[_at++] - '0', 0);
                return true;
            }

            (zeros, digit) = (0, 0);
            return false;
        }

        private static long ReadExponent(ReadOnlySpan<byte> text)
        {
            var isNegative = text[0] == '-';
            long exponent = 0;
            foreach (var digit in text)
            {
                if (char.IsAsciiDigit((char)digit)) exponent = Math.Min((exponent * 10) + (digit - '0'), Saturated);
            }

            return isNegative ? -exponent : exponent;
        }
    }
}
