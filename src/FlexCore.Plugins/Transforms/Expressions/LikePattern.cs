using System.Text;

namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>
/// SQL's LIKE: <c>%</c> is any text, <c>_</c> any one code point, <c>\</c> takes the meaning from what follows. Each piece between two
/// <c>%</c> is looked for once, from left to right: what it costs grows with the text times the longest piece, and never more.
/// </summary>
internal sealed class LikePattern
{
    private const byte AnyOne = 0xFF; // Is in no UTF-8.

    private readonly byte[][] _pieces;

    private LikePattern(byte[][] pieces) => _pieces = pieces;

    /// <summary>Makes a pattern.</summary>
    /// <param name="pattern">Its text.</param>
    /// <param name="problem">What is wrong with it, when there is no pattern.</param>
    public static LikePattern? Parse(string pattern, out string? problem)
    {
        problem = null;
        var pieces = new List<byte[]>();
        var piece = new List<byte>();
        for (var runes = pattern.EnumerateRunes().GetEnumerator(); runes.MoveNext();)
        {
            var rune = runes.Current;
            if (rune.Value == '\\')
            {
                if (!runes.MoveNext())
                {
                    problem = "the pattern ends with a \\ that has nothing to escape";
                    return null;
                }

                Append(piece, runes.Current);
            }
            else if (rune.Value == '%')
            {
                pieces.Add([.. piece]);
                piece.Clear();
            }
            else if (rune.Value == '_')
            {
                piece.Add(AnyOne);
            }
            else
            {
                Append(piece, rune);
            }
        }

        pieces.Add([.. piece]);
        return new LikePattern([.. pieces]);
    }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var length = MatchAtStart(text, _pieces[0]);
        if (length < 0) return false;
        if (_pieces.Length == 1) return length == text.Length;
        text = text[length..];
        foreach (var piece in _pieces.AsSpan(1..^1))
        {
            var end = EndOfFirst(text, piece);
            if (end < 0) return false;
            text = text[end..];
        }

        return MatchesEnd(text, _pieces[^1]);
    }

    private static void Append(List<byte> piece, Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        piece.AddRange(bytes[..rune.EncodeToUtf8(bytes)]);
    }

    /// <summary>Where the first place of a piece ends, or -1: the leftmost place leaves most for the pieces after it.</summary>
    private static int EndOfFirst(ReadOnlySpan<byte> text, ReadOnlySpan<byte> piece)
    {
        if (!piece.Contains(AnyOne))
        {
            var found = text.IndexOf(piece);
            return found < 0 ? -1 : found + piece.Length;
        }

        for (var at = 0; at <= text.Length; at += at < text.Length ? CodePoints.First(text[at..]) : 1)
        {
            var length = MatchAtStart(text[at..], piece);
            if (length >= 0) return at + length;
        }

        return -1;
    }

    private static bool MatchesEnd(ReadOnlySpan<byte> text, ReadOnlySpan<byte> piece)
    {
        if (!piece.Contains(AnyOne)) return text.EndsWith(piece);

        // A piece has a fixed number of code points: only one place can end where the text ends.
        var points = CodePoints.Count(piece);
        var all = CodePoints.Count(text);
        if (all < points) return false;
        var rest = text[CodePoints.Offset(text, all - points)..];
        return MatchAtStart(rest, piece) == rest.Length;
    }

    /// <summary>How many bytes of the beginning match, or -1.</summary>
    private static int MatchAtStart(ReadOnlySpan<byte> text, ReadOnlySpan<byte> piece)
    {
        var at = 0;
        foreach (var code in piece)
        {
            if (at == text.Length) return -1;
            if (code == AnyOne) at += CodePoints.First(text[at..]);
            else if (text[at++] != code) return -1;
        }

        return at;
    }
}
