using FlexCore.Infrastructure.Clients;
using Npgsql;
using Npgsql.PostgresTypes;

namespace FlexCore.Infrastructure.Postgres;

/// <content>Many rows at once (https://www.postgresql.org/docs/current/sql-copy.html), and what others say (https://www.postgresql.org/docs/current/sql-notify.html).</content>
public sealed partial class PostgresClient
{
    private static readonly TimeSpan PauseOfListening = TimeSpan.FromSeconds(1);

    private static readonly Operation Copy = new("COPY");
    private static readonly Operation Listen = new("LISTEN", MayRepeat: true);

    /// <summary>Writes any number of rows the fastest way there is, all or none of them.</summary>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="columns">Its columns that are written.</param>
    /// <param name="rows">A value for each of them; null is SQL's. Read once, so that nothing is tried again.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>How many.</returns>
    public ValueTask<long> ImportAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<object?>> rows, CancellationToken cancellationToken) => RunAsync(
        Copy,
        table,
        (_source, Table: string.Join('.', table.Split('.').Select(PostgresCommands.Quoted)), Columns: string.Join(", ", columns.Select(PostgresCommands.Quoted)), rows),
        static async (call, token) =>
        {
            await using var connection = await call._source.OpenConnectionAsync(token);
            var types = await TypesAsync(connection, call.Table, call.Columns, token);
            await using var import = await connection.BeginBinaryImportAsync($"COPY {call.Table} ({call.Columns}) FROM STDIN (FORMAT BINARY)", token);
            await foreach (var row in call.rows.WithCancellation(token))
            {
                await import.StartRowAsync(token);
                for (var column = 0; column < types.Length; column++)
                {
                    if (row[column] is { } value) await import.WriteAsync(value, types[column], token);
                    else await import.WriteNullAsync(token);
                }
            }

            return (long)await import.CompleteAsync(token);
        },
        cancellationToken);

    /// <summary>Listens to a channel until it is cancelled, over a connection of its own, and over another one whenever that breaks.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="heard">Told of each message, one after the other, in the order in which they were said. Must not wait.</param>
    /// <param name="began">Told each time that it listens from now on: what was said before was not heard.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="Domain.Errors.FlexCoreException">The server does not let it.</exception>
    public async Task ListenAsync(string channel, Action<string> heard, Action began, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var connection = await RunAsync(Listen, channel, (_source, channel), static (call, token) => ListeningAsync(call._source, call.channel, token), cancellationToken);
                connection.Notification += (_, said) => heard(said.Payload);
                began();
                while (true) await connection.WaitAsync(cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or Domain.Errors.FlexCoreException { Error.Code.IsTransient: true })
            {
                await Task.Delay(PauseOfListening, Time, cancellationToken);
            }
        }
    }

    private static async ValueTask<NpgsqlConnection> ListeningAsync(NpgsqlDataSource source, string channel, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = connection.CreateCommand().With(new SqlStatement($"LISTEN {PostgresCommands.Quoted(channel)}"));
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // The binary form has no conversions on the server: a value must be written as what its column is.
    private static async ValueTask<string[]> TypesAsync(NpgsqlConnection connection, string table, string columns, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand().With(new SqlStatement($"SELECT {columns} FROM {table} LIMIT 0"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(column => NameOf(reader.GetPostgresType(column)))];
    }

    private static string NameOf(PostgresType type) => type.Namespace == "pg_catalog" ? type.Name : type.FullName;
}
