namespace FlexCore.Connectors.Csv;

/// <summary>JSON writes these as CSV does, so a valid value is copied as text: no digit is ever lost.</summary>
internal static class CsvLiterals
{
    /// <summary>Whether text is a value of a type, as JSON writes it.</summary>
    public static bool IsValid(CsvType type, ReadOnlySpan<byte> text) => type switch
    {
        CsvType.Integer => IsInteger(text),
        CsvType.Number => IsNumber(text),
        CsvType.Boolean => text.SequenceEqual("true"u8) || text.SequenceEqual("false"u8),
        _ => true,
    };

    private static bool IsInteger(ReadOnlySpan<byte> text)
    {
        TakeInteger(ref text, out var isInteger);
        return isInteger && text.IsEmpty;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        TakeInteger(ref text, out var isNumber);
        if (!isNumber) return false;
        if (text.StartsWith((byte)'.'))
        {
            text = text[1..];
            if (TakeDigits(ref text) == 0) return false;
        }

        if (text.IsEmpty || text[0] is not ((byte)'e' or (byte)'E')) return text.IsEmpty;
        text = text[1..];
        if (text.Length > 0 && text[0] is (byte)'+' or (byte)'-') text = text[1..];
        return TakeDigits(ref text) > 0 && text.IsEmpty;
    }

    private static void TakeInteger(ref ReadOnlySpan<byte> text, out bool isInteger)
    {
        if (text.StartsWith((byte)'-')) text = text[1..];
        var startsWithZero = text.StartsWith((byte)'0');
        isInteger = TakeDigits(ref text) is var digits and > 0 && (!startsWithZero || digits == 1);
    }

    private static int TakeDigits(ref ReadOnlySpan<byte> text)
    {
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) digits = text.Length;
        text = text[digits..];
        return digits;
    }
}
