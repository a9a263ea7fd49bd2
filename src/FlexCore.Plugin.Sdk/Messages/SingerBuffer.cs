using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace FlexCore.Sdk.Messages;

/// <summary>Bytes of messages that are not written yet. Text goes in as UTF-8 and comes out as JSON, without an object for each record.</summary>
public sealed class SingerBuffer : IBufferWriter<byte>
{
    // RFC 8259, section 7: these must be escaped, and nothing else.
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    private byte[] _bytes = new byte[128 * 1024];

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Begins anew.</summary>
    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Adds bytes as they are.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Adds one byte as it is.</summary>
    public void Append(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    /// <summary>Adds a JSON string.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public void AppendString(scoped ReadOnlySpan<byte> text)
    {
        Append((byte)'"');
        AppendEscaped(text);
        Append((byte)'"');
    }

    /// <summary>Adds a part of a JSON string, whose quotes the caller adds.</summary>
    public void AppendEscaped(scoped ReadOnlySpan<byte> text)
    {
        while (text.IndexOfAny(Escaped) is var next and >= 0)
        {
            Append(text[..next]);
            AppendEscape(text[next]);
            text = text[(next + 1)..];
        }

        Append(text);
    }

    /// <summary>Adds a JSON string.</summary>
    public void AppendString(string text) => AppendString(Encoding.UTF8.GetBytes(text));

    private void AppendEscape(byte value)
    {
        switch (value)
        {
            case (byte)'"': Append("\\\""u8); break;
            case (byte)'\\': Append("\\\\"u8); break;
            case (byte)'\n': Append("\\n"u8); break;
            case (byte)'\r': Append("\\r"u8); break;
            case (byte)'\t': Append("\\t"u8); break;
            default:
                Append("\\u00"u8);
                Append(Hex(value >> 4));
                Append(Hex(value & 0xF));
                break;
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count) Grow(count);
    }

    private void Grow(int count) => Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max((long)_bytes.Length * 2, (long)Length + count))));
}
