using System.Text.Unicode;

namespace FlexCore.Plugins.Sync;

/// <summary>A line that comes in pieces and is never held whole.</summary>
internal sealed class LongLine
{
    private byte _last;

    /// <summary>Its bytes so far, without the newline.</summary>
    public long Length { get; private set; }

    /// <summary>Whether its newline has come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether it could be a JSON object, by its last byte.</summary>
    public bool EndsLikeObject => _last == (byte)'}';

    /// <summary>Takes the next piece: up to its newline, that included, or else to the last whole character.</summary>
    /// <returns>How many bytes were taken.</returns>
    public int Take(ReadOnlySpan<byte> bytes, out bool isUtf8)
    {
        var newline = bytes.IndexOf((byte)'\n');
        IsComplete = newline >= 0;
        var piece = bytes[..(IsComplete ? newline : bytes.Length - UnfinishedCharacter(bytes))];
        isUtf8 = Utf8.IsValid(piece);
        Length += piece.Length;
        var text = piece.TrimEnd(" \t\r"u8);
        if (!text.IsEmpty) _last = text[^1];
        return piece.Length + (IsComplete ? 1 : 0);
    }

    /// <summary>How many bytes at the end begin a character that is not there yet (RFC 3629).</summary>
    private static int UnfinishedCharacter(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var b = bytes[^back];
            if ((b & 0xC0) == 0x80) continue;
            var needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return needed > back ? back : 0;
        }

        return 0;
    }
}
