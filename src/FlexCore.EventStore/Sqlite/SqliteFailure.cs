using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>What a failure of SQLite means for the user of the store.</summary>
internal static class SqliteFailure
{
    private const int PrimaryCode = 0xFF;

    /// <summary>Translates one of SQLite's extended result codes.</summary>
    internal static EventStoreUnavailableException Describe(string path, int code, string words) => (code & PrimaryCode) switch
    {
        raw.SQLITE_FULL => DiskFull(path),
        // The shared index of the write-ahead log could not grow.
        raw.SQLITE_IOERR when code == raw.SQLITE_IOERR_SHMSIZE => DiskFull(path),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL => new(
            EventStoreUnavailableException.Busy,
            $"The event store '{path}' is busy: another process kept it locked for more than {SqliteSession.BusyTimeout.TotalSeconds} s. "
            + "Try again; if it stays so, look for a process that hangs with this file open."),
        raw.SQLITE_CORRUPT => new(
            EventStoreUnavailableException.NotUsable,
            $"The event store '{path}' is corrupt ({words}). Restore it from a backup."),
        raw.SQLITE_NOTADB or raw.SQLITE_ERROR => NotAStore(path, words),
        raw.SQLITE_CANTOPEN when Directory.Exists(path) => CannotOpen(path, "it is a folder"),
        raw.SQLITE_CANTOPEN when !Directory.Exists(Path.GetDirectoryName(path)) => CannotOpen(path, "its folder does not exist"),
        _ => CannotOpen(path, words),
    };

    internal static EventStoreUnavailableException CannotOpen(string path, string reason) => new(
        EventStoreUnavailableException.CannotOpen,
        $"The event store '{path}' cannot be used: {reason}. Give the path of a file that this user may write, in a folder that this user may write.");

    internal static EventStoreUnavailableException NoLibrary(string path, DllNotFoundException cause) => new(
        EventStoreUnavailableException.CannotOpen,
        $"The event store '{path}' cannot be used: the SQLite library is not installed (on Debian and Ubuntu: apt-get install libsqlite3-0).",
        cause);

    internal static EventStoreUnavailableException NotAStore(string path, string reason) => new(
        EventStoreUnavailableException.NotUsable,
        $"The file '{path}' is not a FlexCore event store: {reason}. Give the path of a store, or of a file that does not exist yet.");

    internal static EventStoreUnavailableException NewerSchema(string path, long found, long known) => new(
        EventStoreUnavailableException.NotUsable,
        $"The event store '{path}' has schema version {found}, and this program knows versions up to {known}. Use the newer FlexCore that wrote it.");

    private static EventStoreUnavailableException DiskFull(string path) => new(
        EventStoreUnavailableException.DiskFull,
        $"The disk of the event store '{path}' is full. Nothing was appended; free some space and try again.");
}
