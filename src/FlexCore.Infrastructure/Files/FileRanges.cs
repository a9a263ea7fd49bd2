namespace FlexCore.Infrastructure.Files;

/// <summary>What a range means.</summary>
internal static class FileRanges
{
    public static void Check(FileRange? range)
    {
        if (range is not { } some) return;
        ArgumentOutOfRangeException.ThrowIfNegative(some.From, nameof(range));
        if (some.Length is { } length) ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(range));
    }

    /// <returns>Where it begins in a file of a length, and how many bytes of it there are.</returns>
    public static (long From, long Length) Within(FileRange? range, long length)
    {
        var from = Math.Min(range?.From ?? 0, length);
        return (from, Math.Min(range?.Length ?? long.MaxValue, length - from));
    }

    /// <summary>Its value in a header of HTTP; null for the whole file. A range of nothing has none: it is not asked for.</summary>
    public static string? Header(FileRange? range) => range is not { } some || some is { From: 0, Length: null } ? null
        : some.Length is { } length ? $"bytes={some.From}-{(length - 1 > long.MaxValue - some.From ? long.MaxValue : some.From + length - 1)}"
        : $"bytes={some.From}-";
}
