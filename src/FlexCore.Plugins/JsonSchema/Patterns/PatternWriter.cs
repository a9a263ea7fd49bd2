using System.Text;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>What a translated pattern is written to. It counts classes of characters: engines pay for them.</summary>
internal sealed class PatternWriter
{
    private readonly StringBuilder _output = new();
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>How many different classes were written, single characters among them.</summary>
    public int Classes { get; private set; }

    /// <summary>Writes what is no character: operators, groups, anchors.</summary>
    public void Write(string syntax) => _output.Append(syntax);

    /// <summary>Writes one code point that stands for itself.</summary>
    public void WriteLiteral(int codePoint)
    {
        if (codePoint > char.MaxValue) Write(CodePointSet.Of((codePoint, codePoint)));
        else WriteCounted(char.IsAsciiLetterOrDigit((char)codePoint) ? ((char)codePoint).ToString() : $"\\u{codePoint:x4}");
    }

    /// <summary>Writes one code point of a set.</summary>
    public void Write(CodePointSet set)
    {
        var written = new StringBuilder();
        set.WriteTo(written);
        WriteCounted(written.ToString());
    }

    public override string ToString() => _output.ToString();

    private void WriteCounted(string written)
    {
        _output.Append(written);
        if (_written.Add(written)) Classes += Math.Max(1, written.Count('['));
    }
}
