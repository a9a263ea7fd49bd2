using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>One connection with the commands that were prepared on it. Used by one caller at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    internal static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Whether a transaction is open.</summary>
    internal bool InTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Whether SQLite, refused write access, has opened the file for reading only.</summary>
    internal bool IsReadOnly => raw.sqlite3_db_readonly(_connection.Handle, "main") == 1;

    internal static SqliteSession Open(string path, SqliteOpenMode mode)
    {
        SystemSqlite.EnsureLoaded();
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            // SQLite itself waits for locks, with short naps. The driver's own loop of long naps must not start after that: it ends with this second.
            DefaultTimeout = 1,
        };
        var session = new SqliteSession(new SqliteConnection(settings.ToString()));
        try
        {
            session._connection.Open();
            _ = raw.sqlite3_busy_timeout(session._connection.Handle, (int)BusyTimeout.TotalMilliseconds);
            session.Execute("PRAGMA synchronous = FULL");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The command with this text, prepared at its first use, with these values in the order in which the text names them.</summary>
    internal SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            }

            _commands.Add(sql, command);
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i].Value;
        }

        return command;
    }

    internal void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) =>
        Command(sql, parameters).ExecuteNonQuery();

    internal long Number(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) =>
        (long)Command(sql, parameters).ExecuteScalar()!;

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }
}
