using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>What a failure of SQLite means for the user of the store.</summary>
internal static class SqliteFailure
{
    internal static EventStoreUnavailableException Describe(SqliteException cause, string path) => cause.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => DiskFull(path, cause),
        // The shared index of the write-ahead log could not grow.
        raw.SQLITE_IOERR when cause.SqliteExtendedErrorCode == raw.SQLITE_IOERR_SHMSIZE => DiskFull(path, cause),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => new(
            EventStoreUnavailableException.Busy,
            $"The event store '{path}' is busy: another process kept it locked for more than {SqliteSession.BusyTimeout.TotalSeconds} s. "
            + "Try again; if it stays so, look for a process that hangs with this file open.",
            cause),
        raw.SQLITE_CORRUPT => new(
            EventStoreUnavailableException.NotUsable,
            $"The event store '{path}' is corrupt ({Words(cause)}). Restore it from a backup.",
            cause),
        raw.SQLITE_NOTADB => NotAStore(path, "it is not an SQLite database", cause),
        raw.SQLITE_ERROR => NotAStore(path, Words(cause), cause),
        _ => CannotOpen(path, Words(cause), cause),
    };

    internal static EventStoreUnavailableException CannotOpen(string path, string reason, Exception? cause = null) => new(
        EventStoreUnavailableException.CannotOpen,
        $"The event store '{path}' cannot be used: {reason}. "
        + $"The folder '{Path.GetDirectoryName(path)}' must exist, and this user must be allowed to write the file and the folder.",
        cause);

    internal static EventStoreUnavailableException NoLibrary(string path, DllNotFoundException cause) => new(
        EventStoreUnavailableException.CannotOpen,
        $"The event store '{path}' cannot be used: the SQLite library is not installed (on Debian and Ubuntu: apt-get install libsqlite3-0).",
        cause);

    internal static EventStoreUnavailableException NotAStore(string path, string reason, Exception? cause = null) => new(
        EventStoreUnavailableException.NotUsable,
        $"The file '{path}' is not a FlexCore event store: {reason}. Give the path of a store, or of a file that does not exist yet.",
        cause);

    internal static EventStoreUnavailableException NewerSchema(string path, long found, long known) => new(
        EventStoreUnavailableException.NotUsable,
        $"The event store '{path}' has schema version {found}, and this program knows versions up to {known}. Use the newer FlexCore that wrote it.");

    private static EventStoreUnavailableException DiskFull(string path, Exception cause) => new(
        EventStoreUnavailableException.DiskFull,
        $"The disk of the event store '{path}' is full. Nothing was appended; free some space and try again.",
        cause);

    private static string Words(SqliteException cause) => cause.Message.TrimEnd('.');
}
