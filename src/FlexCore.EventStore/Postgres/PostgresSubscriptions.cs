using FlexCore.EventStore.Subscriptions;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>Subscriptions in the store's own database.</summary>
internal sealed class PostgresSubscriptions(PostgresDatabase database, TimeProvider timeProvider) : ISubscriptionTables
{
    public ValueTask<IClaim> ClaimAsync(string name, CancellationToken cancellationToken) =>
        database.RepeatAsync<IClaim>(async token => await PostgresClaim.TakeAsync(database, name, timeProvider, token).ConfigureAwait(false), cancellationToken);

    public ValueTask<long> ReadPositionAsync(string name, CancellationToken cancellationToken) => database.DoAsync(
        async (connection, token) =>
        {
            using var command = new NpgsqlCommand("SELECT position FROM subscriptions WHERE name = $1", connection) { Parameters = { new() { Value = name } } };
            return await command.ExecuteScalarAsync(token).ConfigureAwait(false) is long position ? position : 0;
        },
        cancellationToken);

    public ValueTask<bool> TryKeepAsync(string name, long epoch, long position, CancellationToken cancellationToken) => ExecuteAsync(
        "UPDATE subscriptions SET position = $3, updated_at = $4 WHERE name = $1 AND epoch = $2", cancellationToken, name, epoch, position, timeProvider.GetUtcNow().UtcDateTime);

    public ValueTask<bool> TryParkAsync(string name, long epoch, ParkedEvent parked, CancellationToken cancellationToken) => ExecuteAsync(
        """
        WITH mine AS (UPDATE subscriptions SET position = $3, updated_at = $6 WHERE name = $1 AND epoch = $2 RETURNING name)
        INSERT INTO parked_events (subscription, position, attempts, error, parked_at) SELECT name, $3, $4, $5, $6 FROM mine
        ON CONFLICT (subscription, position) DO UPDATE SET attempts = excluded.attempts, error = excluded.error, parked_at = excluded.parked_at
        """,
        cancellationToken, name, epoch, parked.Position, parked.Attempts, parked.Error, parked.ParkedAt.UtcDateTime);

    public ValueTask<IReadOnlyList<ParkedEvent>> ListParkedAsync(string name, long afterPosition, int maxCount, CancellationToken cancellationToken) =>
        database.DoAsync<IReadOnlyList<ParkedEvent>>(
            async (connection, token) =>
            {
                const string Sql = "SELECT position, attempts, error, parked_at FROM parked_events WHERE subscription = $1 AND position > $2 ORDER BY position LIMIT $3";
                using var command = Command(connection, Sql, [name, afterPosition, maxCount]);
                using var reader = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
                var parked = new List<ParkedEvent>();
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                    parked.Add(new ParkedEvent(reader.GetInt64(0), reader.GetInt32(1), reader.GetString(2), new DateTimeOffset(reader.GetDateTime(3))));
                return parked;
            },
            cancellationToken);

    public async ValueTask UpdateParkedAsync(string name, ParkedEvent parked, CancellationToken cancellationToken) => await ExecuteAsync(
        "UPDATE parked_events SET attempts = $3, error = $4, parked_at = $5 WHERE subscription = $1 AND position = $2",
        cancellationToken, name, parked.Position, parked.Attempts, parked.Error, parked.ParkedAt.UtcDateTime).ConfigureAwait(false);

    public ValueTask<bool> RemoveParkedAsync(string name, long position, CancellationToken cancellationToken) =>
        ExecuteAsync("DELETE FROM parked_events WHERE subscription = $1 AND position = $2", cancellationToken, name, position);

    /// <returns>Whether any row was written.</returns>
    private ValueTask<bool> ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values) => database.DoAsync(
        async (connection, token) =>
        {
            using var command = Command(connection, sql, values);
            return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false) > 0;
        },
        cancellationToken);

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
#pragma warning disable CA2100 // The callers' constants.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
