using System.Data.Common;
using FlexCore.EventStore.Projections;
using Microsoft.Data.Sqlite;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Views in a file of their own beside the store, <c>views.db</c>: whoever writes there keeps nobody from appending, and it can be deleted.</summary>
internal sealed class SqliteViews(string storePath) : IViewDatabase, IDisposable
{
    // What the loss of power takes away is folded again: views and position go back together. What is dropped is overwritten: it may have to be forgotten.
    private const string Settings = "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON";

    private readonly string _path = Path.Combine(Path.GetDirectoryName(storePath)!, "views.db");
    private readonly Lock _gate = new();
    private bool _isReady;

    /// <summary>Those who read see what there was when they began.</summary>
    public string? BeforeSwitch => null;

    private string ConnectionString => new SqliteConnectionStringBuilder { DataSource = _path, DefaultTimeout = 5 }.ToString();

    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        SystemSqlite.EnsureLoaded();
        lock (_gate)
        {
            // With the mode of the store.
            if (!_isReady) SqliteFile.EnsureExists(_path, File.GetUnixFileMode(storePath));
        }

        var connection = new SqliteConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);

            using var command = Sql.Command(connection, _isReady ? Settings : $"{Settings}; PRAGMA journal_mode = WAL; {Builds.Schema}");
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _isReady = true;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the idle connections to the file.</summary>
    public void Dispose()
    {
        if (!_isReady) return;
        using var connection = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(connection);
    }
}
