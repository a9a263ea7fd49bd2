namespace FlexCore.Infrastructure.Files;

/// <summary>What holds for links of every store.</summary>
internal static class FileLinks
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // Of S3, whose signatures end then.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static void CheckTime(TimeSpan validFor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(validFor, Shortest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validFor, Longest);
    }

    public static InvalidOperationException NoKey(string options) => new($"The options of this store have nothing to sign links with: set {options}.");
}
