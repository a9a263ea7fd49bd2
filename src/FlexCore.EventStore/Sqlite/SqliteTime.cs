namespace FlexCore.EventStore.Sqlite;

/// <summary>How a time is kept: microseconds since 1970-01-01 UTC.</summary>
internal static class SqliteTime
{
    internal static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    internal static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
}
