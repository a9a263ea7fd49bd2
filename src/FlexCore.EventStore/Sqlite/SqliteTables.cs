using System.Data.Common;
using FlexCore.EventStore.Projections;
using Microsoft.Data.Sqlite;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Connections to the store's own file for tables of its user.</summary>
internal sealed class SqliteTables(string path) : IDisposable
{
    // SQLite's own waiting for locks begins with milliseconds; ADO.NET's is a loop of 150 ms.
    private static readonly string Settings = $"PRAGMA busy_timeout = {SqliteSession.BusyTimeout.TotalMilliseconds}; PRAGMA synchronous = NORMAL";

    private bool _isUsed;

    private string ConnectionString => new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 5 }.ToString();

    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        _isUsed = true;
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            using var command = Sql.Command(connection, Settings);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<T> UseAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            return await work(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Describe(path, e.SqliteExtendedErrorCode, e.Message);
        }
    }

    /// <summary>Closes the idle connections to the file.</summary>
    public void Dispose()
    {
        if (!_isUsed) return;
        using var connection = new SqliteConnection(ConnectionString);
        SqliteConnection.ClearPool(connection);
    }
}
