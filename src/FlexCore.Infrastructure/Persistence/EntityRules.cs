using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Which names there may be. They are names of files, keys of databases and parts of paths at once.</summary>
internal static partial class EntityRules
{
    /// <summary>How many changes one commit may have.</summary>
    public const int MostChanges = 1000;

    /// <summary>How many entities one page may have.</summary>
    public const int LargestPage = 1000;

    public static bool IsKind(string name) => KindName().IsMatch(name);

    public static bool IsId(string name) => IdName().IsMatch(name);

    public static void CheckKind(string name)
    {
        if (!IsKind(name)) throw Wrong($"'{Shortened(name)}' cannot be a kind of entities", "A kind begins with a letter from a to z; letters, digits and hyphens follow, 63 characters at most.");
    }

    public static void CheckId(string name)
    {
        if (!IsId(name)) throw Wrong($"'{Shortened(name)}' cannot be the id of an entity", "An id begins with a letter from a to z or a digit; letters, digits, dots, underscores and hyphens follow, 127 characters at most.");
    }

    /// <summary>Whether a name of a table, or of a schema and a table, needs no quotes in any database.</summary>
    public static bool IsTable(string name) => TableName().IsMatch(name);

    public static bool IsField(string name) => FieldName().IsMatch(name);

    private static FlexCoreException Wrong(string message, string remedy) => new(new Error(ErrorCodes.InvalidName, message, SpecificRemedy: remedy));

    private static string Shortened(string name) => name.Length <= 100 ? name : $"{name[..100]}…";

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,62}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KindName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,126}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdName();

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,62}(?:\.[a-z_][a-z0-9_]{0,62})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableName();

    // Not a number: PostgreSQL would take it for a place in an array.
    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_-]{0,62}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FieldName();
}
