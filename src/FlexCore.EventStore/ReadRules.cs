namespace FlexCore.EventStore;

/// <summary>What every question must obey, whatever keeps the events.</summary>
internal static class ReadRules
{
    internal static void Check(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names) Check(name, 0);
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Count) throw new ArgumentException("Each is named once.", nameof(names));
    }

    internal static void Check(string name, int maxCount)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A name contains no NUL character.", nameof(name));
    }
}
