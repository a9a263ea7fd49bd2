using System.Data.Common;
using FlexCore.Domain.Errors;
using FlexCore.EventStore.Sqlite;
using FlexCore.Infrastructure.Clients;
using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Entities in a table of SQLite, in a file that several processes may use.</summary>
/// <param name="path">The file; made at the first use.</param>
/// <param name="table">The table.</param>
public sealed class SqliteEntityStore(string path, string table = "entities") : SqlEntityStore(new SqliteDialect(table))
{
    private readonly string _connection = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();

    private protected override ValueTask PrepareAsync(SqlStatement create, CancellationToken cancellationToken)
    {
        SystemSqlite.EnsureLoaded();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        return new(UseAsync(
            connection =>
            {
                connection.Execute("PRAGMA journal_mode = WAL");
                return Task.FromResult(connection.Execute(create.Sql));
            },
            cancellationToken));
    }

    private protected override async ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        await UseAsync(connection => Task.FromResult(Read(connection, statement, read)), cancellationToken);

    private protected override async ValueTask InTransactionAsync(Func<ISqlSession, CancellationToken, ValueTask> work, CancellationToken cancellationToken) => await UseAsync(
        async connection =>
        {
            // Whoever fails closes the connection, which rolls back. A SqliteTransaction would roll back itself, and hide a full disk behind "no transaction is active".
            connection.Execute("BEGIN IMMEDIATE");
            await work(new Session(connection), cancellationToken);
            return connection.Execute("COMMIT");
        },
        cancellationToken);

    private static List<T> Read<T>(SqliteConnection connection, SqlStatement statement, Func<DbDataReader, T> read) => connection.Read(statement.Sql, read, ParametersOf(statement));

    private static (string Name, object? Value)[] ParametersOf(SqlStatement statement) => [.. statement.Parameters.Select((value, place) => ($"?{place + 1}", value))];

    private async Task<T> UseAsync<T>(Func<SqliteConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new SqliteConnection(_connection);
            await connection.OpenAsync(cancellationToken);
            connection.Execute("PRAGMA synchronous = FULL");
            return await work(connection);
        }
        catch (SqliteException e)
        {
            throw new FlexCoreException(new Error(e.Code(), $"{path} cannot be read or written: {e.Message}"), e);
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed(path, e);
        }
    }

    private sealed class Session(SqliteConnection connection) : ISqlSession
    {
        public ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken) => new(connection.Execute(statement.Sql, ParametersOf(statement)));

        public ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken) => new(Read(connection, statement, read));
    }
}
