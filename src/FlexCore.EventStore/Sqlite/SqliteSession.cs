using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>One connection with the statements that were prepared on it. Used by one caller at a time.</summary>
/// <remarks>
/// This is SQLite's own interface and not ADO.NET, which makes the first open in a process three times as long (58 ms for 18) and waits for locks
/// with a slow loop of its own.
/// </remarks>
internal sealed class SqliteSession : IDisposable
{
    internal static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly sqlite3 _connection;
    private readonly Dictionary<string, sqlite3_stmt> _statements = new(StringComparer.Ordinal);

    private SqliteSession(sqlite3 connection, string path)
    {
        _connection = connection;
        Path = path;
    }

    internal string Path { get; }

    /// <summary>Whether a transaction is open.</summary>
    internal bool InTransaction => raw.sqlite3_get_autocommit(_connection) == 0;

    /// <summary>How many rows the last statement that writes has written.</summary>
    internal int Changes => raw.sqlite3_changes(_connection);

    /// <summary>Whether SQLite, refused write access, has opened the file for reading only.</summary>
    internal bool IsReadOnly => raw.sqlite3_db_readonly(_connection, "main") == 1;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="create">Whether to create the file when it is missing.</param>
    /// <returns>The session.</returns>
    internal static SqliteSession Open(string path, bool create)
    {
        try
        {
            SystemSqlite.EnsureLoaded();
        }
        catch (DllNotFoundException e)
        {
            throw SqliteFailure.NoLibrary(path, e);
        }

        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var connection, flags, null);
        var session = new SqliteSession(connection, path);
        try
        {
            session.Check(code);
            session.Check(raw.sqlite3_busy_timeout(connection, (int)BusyTimeout.TotalMilliseconds));
            session.Execute("PRAGMA synchronous = FULL");

            // Snapshots may hold what has to be forgotten. The log itself deletes nothing.
            session.Execute("PRAGMA secure_delete = ON");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Begins to use the statement with this text; it is prepared at its first use.</summary>
    internal SqliteQuery Query(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v2(_connection, sql, out statement));
            _statements.Add(sql, statement);
        }

        return new SqliteQuery(this, statement);
    }

    /// <summary>Runs one statement that has neither parameters nor an answer.</summary>
    internal void Execute(string sql)
    {
        using var query = Query(sql);
        query.Step();
    }

    /// <summary>Runs any number of statements once.</summary>
    internal void ExecuteScript(string sql) => Check(raw.sqlite3_exec(_connection, sql));

    internal void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw SqliteFailure.Describe(Path, raw.sqlite3_extended_errcode(_connection), raw.sqlite3_errmsg(_connection).utf8_to_string());
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }
}
