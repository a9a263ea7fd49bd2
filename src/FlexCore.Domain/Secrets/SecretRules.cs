using System.Text;

namespace FlexCore.Domain.Secrets;

/// <summary>What secrets may be called, and what they may be.</summary>
public static class SecretRules
{
    /// <summary>The rule for names, for error messages.</summary>
    public const string NameRule = "a lower-case letter, then at most 62 of a-z, 0-9, '-' and '_'";

    /// <summary>The fewest characters of a value: what is shorter stands in ordinary text by chance, and cannot be told apart from it when it is hidden.</summary>
    public const int FewestCharacters = 4;

    /// <summary>The most bytes of a value, in UTF-8.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>What the names of environment variables begin with that hold secrets, where they are kept there.</summary>
    public const string VariablePrefix = "FLEXCORE_SECRET_";

    private const int LongestName = 63;

    /// <summary>Whether a secret may be called so.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName
        && char.IsAsciiLetterLower(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    /// <summary>The environment variable that holds a secret, where they are kept there.</summary>
    public static string VariableOf(string name) => VariablePrefix + name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Why a text cannot be the value of a secret; null when it can. It says nothing of the text itself.</summary>
    public static string? RefuseValue(string value)
    {
        if (value.Length < FewestCharacters) return $"has fewer than {FewestCharacters} characters, so it could not be hidden in logs";
        if (Encoding.UTF8.GetByteCount(value) > MostBytes) return $"is longer than {MostBytes / 1024} KiB";
        if (value.Contains('\0', StringComparison.Ordinal)) return "contains a NUL character";
        return string.IsNullOrWhiteSpace(value) ? "is nothing but white space" : null;
    }
}
