using System.Text;
using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Patterns;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>minLength</c> and <c>maxLength</c>, in code points.</summary>
internal sealed class LengthKeyword(SchemaPlace place, string message, long least, long most) : Assertion(place, ValueKinds.Text, message)
{
    private const int LongestCodePoint = 4;

    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var text = evaluation.Document.Text(value);

        // Counted only where the number of bytes does not tell.
        if (text.Length < least || text.Length / LongestCodePoint > most) return false;
        if (text.Length <= most && (text.Length + LongestCodePoint - 1) / LongestCodePoint >= least) return true;
        var length = Count(text);
        return length >= least && length <= most;
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text)) return text.Length;
        var count = 0;
        foreach (var unit in text)
        {
            if ((unit & 0xC0) != 0x80) count++;
        }

        return count;
    }
}

/// <summary><c>pattern</c>.</summary>
internal sealed class PatternKeyword(SchemaPlace place, string message, TextPattern pattern) : Assertion(place, ValueKinds.Text, message)
{
    public override bool Holds(ref Evaluation evaluation, int value) => pattern.IsMatch(ref evaluation, value);
}
