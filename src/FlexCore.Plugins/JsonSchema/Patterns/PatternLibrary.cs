using System.Text.RegularExpressions;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>
/// The patterns of one schema, each compiled once. .NET's engine that does not backtrack pays for its even pace with memory:
/// about a kilobyte for each pair of character classes, and up to 25 MB for what it learns from texts. So it gets few patterns,
/// none with many classes; the rest go to the ordinary engine, which a timeout bounds.
/// </summary>
internal sealed class PatternLibrary
{
    private const int MaxPatterns = 200;
    private const int MaxTranslatedLength = 1_000_000;
    private const int MaxLinearPatterns = 8;
    private const int MaxLinearClasses = 48;

    private readonly Dictionary<string, TextPattern> _patterns = new(StringComparer.Ordinal);
    private int _linearPatterns;
    private int _translatedLength;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="FormatException">What is wrong with it.</exception>
    public TextPattern Get(string pattern)
    {
        if (_patterns.TryGetValue(pattern, out var known)) return known;
        if (_patterns.Count == MaxPatterns)
            throw new FormatException($"is one regular expression too many: at most {MaxPatterns} different ones are supported");
        var ecma = new EcmaPattern(pattern);
        var translated = ecma.Translate();
        _translatedLength += translated.Length;
        if (_translatedLength > MaxTranslatedLength)
            throw new FormatException("is too much, with all regular expressions before it: together they are too large");
        return _patterns[pattern] = new TextPattern(Compile(translated, ecma.Classes));
    }

    private Regex Compile(string translated, int classes)
    {
        try
        {
            return (_linearPatterns < MaxLinearPatterns && classes <= MaxLinearClasses ? CompileLinear(translated) : null)
                ?? new Regex(translated, RegexOptions.CultureInvariant, TextPattern.Timeout);
        }
        catch (Exception e) when (e is ArgumentException or InsufficientExecutionStackException)
        {
            throw new FormatException("is not a valid regular expression", e);
        }
    }

    private Regex? CompileLinear(string translated)
    {
        try
        {
            var linear = new Regex(translated, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, TextPattern.Timeout);
            _linearPatterns++;
            return linear;
        }
        catch (NotSupportedException)
        {
            // Lookarounds, references to groups, or very large counts.
            return null;
        }
    }
}
