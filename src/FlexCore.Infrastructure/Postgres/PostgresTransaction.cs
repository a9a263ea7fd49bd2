using FlexCore.Infrastructure.Clients;
using Npgsql;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>What can be asked within a transaction. Failures are the driver's own here, and go out of the work as they are, so that it can be done again.</summary>
public sealed class PostgresTransaction
{
    private readonly NpgsqlConnection _connection;

    internal PostgresTransaction(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Under which it runs, for what the methods here do not say.</summary>
    internal NpgsqlConnection Connection => _connection;

    /// <inheritdoc cref="PostgresClient.QueryAsync"/>
    public async ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = _connection.CreateCommand().With(statement);
        return await command.ReadAllAsync(read, cancellationToken);
    }

    /// <inheritdoc cref="PostgresClient.ScalarAsync"/>
    public async ValueTask<T?> ScalarAsync<T>(SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = _connection.CreateCommand().With(statement);
        return await command.ReadScalarAsync<T>(cancellationToken);
    }

    /// <inheritdoc cref="PostgresClient.ExecuteAsync"/>
    public async ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        await using var command = _connection.CreateCommand().With(statement);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc cref="PostgresClient.BatchAsync"/>
    public async ValueTask<int> BatchAsync(IEnumerable<SqlStatement> statements, CancellationToken cancellationToken)
    {
        await using var batch = _connection.CreateBatch().With(statements);
        return await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
