using System.Globalization;
using System.Text;

namespace FlexCore.Plugins.Secrets;

/// <summary>A text in UTF-8 as it reads once an encoding of it is undone, with the place in the written text that each byte stands for.</summary>
internal sealed class DecodedText
{
    private const int LongestEscape = 12;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int[]? _places;

    /// <summary>The text as it is written.</summary>
    public DecodedText(ReadOnlyMemory<byte> written)
        : this(written, places: null)
    {
    }

    private DecodedText(ReadOnlyMemory<byte> bytes, int[]? places) => (_bytes, _places) = (bytes, places);

    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Where in the written text a byte begins, or, for the one behind the last, where the text ends.</summary>
    public int Place(int index) => _places?[index] ?? index;

    /// <summary>The texts that this may be read as: as it is; with escapes undone as JSON, JavaScript, Python and C write them, three deep, for JSON is often put into JSON; and with percent-encoding undone, twice.</summary>
    public IEnumerable<DecodedText> Readings()
    {
        yield return this;
        var unescaped = this;
        for (var depth = 0; depth < 3 && unescaped.Decode((byte)'\\', ReadEscape) is { } inner; depth++) yield return unescaped = inner;

        // A backslash may stand before a secret that begins with x and two digits: to JSON that is no escape.
        var json = this;
        for (var depth = 0; depth < 3 && Bytes.IndexOf("\\x"u8) >= 0 && json.Decode((byte)'\\', ReadJsonEscape) is { } inner; depth++) yield return json = inner;
        var decoded = this;
        for (var depth = 0; depth < 2 && decoded.Decode((byte)'%', ReadPercent) is { } inner; depth++) yield return decoded = inner;
    }

    /// <summary>Without what at the end of a cut text may be the beginning of a letter or an escape.</summary>
    public static ReadOnlyMemory<byte> TrimHalves(ReadOnlyMemory<byte> cut)
    {
        var text = cut.Span;
        if (text.LastIndexOfAny((byte)'\\', (byte)'%') is >= 0 and var mark && mark >= text.Length - LongestEscape) text = text[..mark].TrimEnd((byte)'\\');
        if (EndsWithHalfOfPair(text)) text = text[..^6].TrimEnd((byte)'\\');
        Rune.DecodeLastFromUtf8(text, out _, out var last);
        return cut[..(last == 1 && text[^1] < 0x80 ? text.Length : text.Length - last)];
    }

    private DecodedText? Decode(byte mark, Decoder decoder)
    {
        var text = Bytes;
        if (!text.Contains(mark)) return null;
        var bytes = new byte[text.Length];
        var places = new int[text.Length + 1];
        var length = 0;
        var hasDecoded = false;
        for (var at = 0; at < text.Length;)
        {
            var taken = text[at] == mark ? decoder(text[at..], bytes.AsSpan(length), out var written) : Copy(text[at], bytes.AsSpan(length), out written);
            if (taken == 0) taken = Copy(mark, bytes.AsSpan(length), out written);
            else hasDecoded |= text[at] == mark;
            places.AsSpan(length, written).Fill(Place(at));
            length += written;
            at += taken;
        }

        places[length] = Place(text.Length);
        return hasDecoded ? new DecodedText(bytes.AsMemory(0, length), places) : null;
    }

    private static int Copy(byte value, Span<byte> decoded, out int written)
    {
        decoded[0] = value;
        return written = 1;
    }

    private static int ReadPercent(ReadOnlySpan<byte> text, Span<byte> decoded, out int written) => ReadByte(text, 1, decoded, out written);

    private static int ReadEscape(ReadOnlySpan<byte> text, Span<byte> decoded, out int written)
    {
        written = 0;
        if (text.Length < 2) return 0;
        switch (text[1])
        {
            case (byte)'x':
                return ReadByte(text, 2, decoded, out written);
            case (byte)'U' when TryReadHex(text, 2, 8, out var value) && Rune.IsValid(value):
                written = new Rune(value).EncodeToUtf8(decoded);
                return 10;
            default:
                return ReadJsonEscape(text, decoded, out written);
        }
    }

    private static int ReadJsonEscape(ReadOnlySpan<byte> text, Span<byte> decoded, out int written)
    {
        written = 0;
        if (text.Length < 2) return 0;
        if (text[1] == (byte)'u') return ReadUnicode(text, decoded, out written);
        var plain = text[1] switch
        {
            (byte)'"' or (byte)'\'' or (byte)'\\' or (byte)'/' or (byte)'$' or (byte)'`' => text[1],
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => (byte)0,
        };
        if (plain == 0) return 0;
        Copy(plain, decoded, out written);
        return 2;
    }

    private static int ReadUnicode(ReadOnlySpan<byte> text, Span<byte> decoded, out int written)
    {
        written = 0;
        if (!TryReadHex(text, 2, 4, out var unit)) return 0;
        if (Rune.TryCreate(unit, out var rune))
        {
            written = rune.EncodeToUtf8(decoded);
            return 6;
        }

        // Half of a pair, the other half of which is an escape too.
        if (!text[6..].StartsWith("\\u"u8) || !TryReadHex(text, 8, 4, out var second) || !Rune.TryCreate((char)unit, (char)second, out rune)) return 0;
        written = rune.EncodeToUtf8(decoded);
        return 12;
    }

    private static int ReadByte(ReadOnlySpan<byte> text, int at, Span<byte> decoded, out int written)
    {
        written = 0;
        if (!TryReadHex(text, at, 2, out var value)) return 0;
        Copy((byte)value, decoded, out written);
        return at + 2;
    }

    private static bool EndsWithHalfOfPair(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[^6..].StartsWith("\\u"u8) && TryReadHex(text, text.Length - 4, 4, out var unit) && char.IsHighSurrogate((char)unit);

    private static bool TryReadHex(ReadOnlySpan<byte> text, int at, int digits, out int value)
    {
        value = 0;
        return text.Length >= at + digits && int.TryParse(text.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private delegate int Decoder(ReadOnlySpan<byte> text, Span<byte> decoded, out int written);
}
