namespace FlexCore.EventStore;

/// <summary>What every question must obey, whatever keeps the events.</summary>
internal static class ReadRules
{
    internal static void Check(string name, int maxCount)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A name contains no NUL character.", nameof(name));
    }
}
