using System.Data.Common;
using FlexCore.Infrastructure.Clients;
using Microsoft.Data.SqlClient;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>What can be asked within a transaction. Failures are the driver's own here, and go out of the work as they are, so that it can be done again.</summary>
public sealed class SqlServerTransaction
{
    private readonly SqlConnection _connection;
    private readonly SqlTransaction _transaction;

    internal SqlServerTransaction(SqlConnection connection, SqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    /// <inheritdoc cref="SqlServerClient.QueryAsync"/>
    public async ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = _connection.CommandOf(statement, _transaction);
        return await command.ReadAllAsync(read, cancellationToken);
    }

    /// <inheritdoc cref="SqlServerClient.ScalarAsync"/>
    public async ValueTask<T?> ScalarAsync<T>(SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = _connection.CommandOf(statement, _transaction);
        return await command.ReadScalarAsync<T>(cancellationToken);
    }

    /// <inheritdoc cref="SqlServerClient.ExecuteAsync"/>
    public async ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = _connection.CommandOf(statement, _transaction);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
