using System.Buffers;

namespace FlexCore.Plugins.Transforms;

/// <summary>Writes texts as JSON: only what must be escaped is, the rest stays the UTF-8 it is.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>Appends a text with its quotes.</summary>
    public static void Append(LineBuffer output, scoped ReadOnlySpan<byte> text)
    {
        output.Append((byte)'"');
        while (text.IndexOfAny(Escaped) is var at and >= 0)
        {
            output.Append(text[..at]);
            AppendEscaped(output, text[at]);
            text = text[(at + 1)..];
        }

        output.Append(text);
        output.Append((byte)'"');
    }

    private static void AppendEscaped(LineBuffer output, byte code)
    {
        output.Append((byte)'\\');
        switch (code)
        {
            case (byte)'"' or (byte)'\\': output.Append(code); break;
            case (byte)'\n': output.Append((byte)'n'); break;
            case (byte)'\r': output.Append((byte)'r'); break;
            case (byte)'\t': output.Append((byte)'t'); break;
            default:
                output.Append("u00"u8);
                output.Append(Hex(code >> 4));
                output.Append(Hex(code & 0xF));
                break;
        }
    }

    private static byte Hex(int digit) => "0123456789abcdef"u8[digit];
}
