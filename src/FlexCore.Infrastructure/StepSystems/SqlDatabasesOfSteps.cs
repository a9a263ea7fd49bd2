using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.StepSystems;

/// <summary>Databases that steps work on: servers of PostgreSQL and files of SQLite.</summary>
internal sealed class SqlDatabasesOfSteps(TimeProvider time) : ISqlDatabases
{
    // Each in a method of its own: what the other one needs is then never loaded.
    public Task<T> InTransactionAsync<T>(SqlDatabase database, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        database.File is { } file ? InFileAsync(file, work, cancellationToken) : OnServerAsync(database.Server!, work, cancellationToken);

    private static Task<T> InFileAsync<T>(string file, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => SqliteOfSteps.InTransactionAsync(file, work, cancellationToken);

    private Task<T> OnServerAsync<T>(PostgresAddress server, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => PostgresOfSteps.InTransactionAsync(server, work, time, cancellationToken);
}
