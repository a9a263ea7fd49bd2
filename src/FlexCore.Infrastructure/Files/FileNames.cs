using System.Globalization;
using System.Text;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Files;

/// <summary>Which names there may be: those that a folder, S3 and Azure all keep as they are.</summary>
internal static class FileNames
{
    /// <summary>How long a name may be, in bytes of UTF-8. S3 and Azure have 1024; the rest is for what the options put before it.</summary>
    public const int LongestName = 900;

    /// <summary>How long what the options put before names may be.</summary>
    public const int LongestFolder = 100;

    private const int LongestSegment = 200;
    private const int MostSegments = 100;

    private const string Rule =
        "A name has 1 to 100 segments with / between them and 900 bytes at most; a segment has 1 to 200 bytes, does not end with a dot nor begin or end with a space, and has neither backslashes nor control characters nor characters beyond U+FFFD in it.";

    /// <exception cref="FlexCoreException">FX1014: it cannot be a name.</exception>
    public static void Check(string name)
    {
        if (!IsName(name)) throw Refused(name, "a file");
    }

    /// <summary>The same of the beginning of names.</summary>
    public static void CheckPrefix(string prefix)
    {
        if (prefix.Length > 0 && !IsName($"{prefix}x") && !IsName(prefix)) throw Refused(prefix, "files with such a beginning");
    }

    public static bool IsName(string name)
    {
        if (name.Length is 0 or > LongestName || !IsText(name) || Encoding.UTF8.GetByteCount(name) > LongestName) return false;
        var segments = name.Split('/');
        return segments.Length <= MostSegments && segments.All(IsSegment);
    }

    private static bool IsSegment(string segment) => segment.Length > 0 && segment[^1] != '.' && !char.IsWhiteSpace(segment[0]) && !char.IsWhiteSpace(segment[^1]) && Encoding.UTF8.GetByteCount(segment) <= LongestSegment;

    // Lists are XML, which has no place for U+FFFE and U+FFFF, and stores differ in where they put what is beyond that.
    private static bool IsText(string name) => !name.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\\' or '\uFFFE' or '\uFFFF');

    // What is in it may be meant to deceive who reads the log.
    private static FlexCoreException Refused(string name, string what)
    {
        var shown = new StringBuilder();
        foreach (var rune in name.EnumerateRunes().Take(100))
        {
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else shown.Append(rune);
        }

        return new(new Error(ErrorCodes.InvalidName, $"'{shown}' cannot be the name of {what}", SpecificRemedy: Rule));
    }
}
