namespace FlexCore.Domain;

/// <summary>The one rule for names of pipelines, steps, plugins and connections: <c>[a-z][a-z0-9-]{0,62}</c>.</summary>
public static class Names
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "a lower-case letter, then at most 62 of a-z, 0-9 and '-'";

    private const int MaxLength = 63;

    /// <summary>Whether the name obeys the rule.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength
        && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
