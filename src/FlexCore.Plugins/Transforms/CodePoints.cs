namespace FlexCore.Plugins.Transforms;

/// <summary>Counts characters as people do who know Unicode: by code points, not by bytes.</summary>
internal static class CodePoints
{
    /// <summary>How many there are in valid UTF-8.</summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var code in text) count += IsFirst(code) ? 1 : 0;
        return count;
    }

    /// <summary>Where the code point number <paramref name="index"/> begins.</summary>
    public static int Offset(ReadOnlySpan<byte> text, int index)
    {
        var at = 0;
        for (; at < text.Length; at++)
        {
            if (IsFirst(text[at]) && index-- == 0) break;
        }

        return at;
    }

    /// <summary>Length of the code point at the beginning of a text that is not empty.</summary>
    public static int First(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && !IsFirst(text[length])) length++;
        return length;
    }

    private static bool IsFirst(byte code) => (code & 0xC0) != 0x80;
}
