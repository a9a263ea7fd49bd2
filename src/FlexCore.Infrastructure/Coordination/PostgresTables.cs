using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;
using Npgsql;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Statements on the tables that lie beside the log in PostgreSQL, which are there when the first one is made.</summary>
/// <param name="store">The log.</param>
internal sealed class PostgresTables(IEventStore store) : IDisposable
{
    /// <summary>"FLXC", and no log's number.</summary>
    private const string Begin = "BEGIN; SELECT pg_advisory_xact_lock(1179404355, -3)";

    private readonly RunQueueSchema _schema = new(store, "Postgres", Begin);

    /// <inheritdoc cref="RunQueueSchema.EnsureAsync"/>
    public ValueTask EnsureAsync(CancellationToken cancellationToken) => _schema.EnsureAsync(cancellationToken);

    /// <returns>How many rows were written.</returns>
    public ValueTask<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] parameters) => UseAsync(
        sql,
        () => parameters,
        async (command, token) => await command.ExecuteNonQueryAsync(token),
        cancellationToken);

    /// <returns>What was made of the first row; null when there is none.</returns>
    public async ValueTask<T?> FindAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] parameters)
        where T : class =>
        await ReadAsync(sql, read, cancellationToken, parameters) is [var first, ..] ? first : null;

    /// <returns>What was made of each row.</returns>
    public ValueTask<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] parameters) =>
        ReadAsync(sql, () => parameters, read, cancellationToken);

    /// <param name="sql">The question.</param>
    /// <param name="parameters">Asked for at each attempt.</param>
    /// <param name="read">Makes something of a row.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What was made of each row.</returns>
    public ValueTask<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<object?[]> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) => UseAsync<IReadOnlyList<T>>(
        sql,
        parameters,
        async (command, token) =>
        {
            await using var reader = await command.ExecuteReaderAsync(token);
            var rows = new List<T>();
            while (await reader.ReadAsync(token)) rows.Add(read(reader));

            // The rows come before the commit.
            await reader.NextResultAsync(token);
            return rows;
        },
        cancellationToken);

    public void Dispose() => _schema.Dispose();

    private async ValueTask<T> UseAsync<T>(string sql, Func<object?[]> parameters, Func<NpgsqlCommand, CancellationToken, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        await EnsureAsync(cancellationToken);
        return await EventLog.Translate(() => store.UseTablesAsync(
            async (connection, token) =>
            {
#pragma warning disable CA2100 // Constants of ours; what comes from outside is in the parameters.
                await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)connection);
#pragma warning restore CA2100
                foreach (var value in parameters()) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
                return await use(command, token);
            },
            cancellationToken));
    }
}
