using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The schema of a store. What was applied is written down in <c>schema_migrations</c>.</summary>
internal static class PostgresSchema
{
    private const string Lock = "1179404355, -1"; // "FLXC", and no log's number

    private static readonly Lazy<IReadOnlyList<Migration>> Migrations = new(() => Migration.All("Postgres"));

    /// <summary>Brings the store to the version that this program knows. Of several that try at once one works and the others wait.</summary>
    /// <returns>What was applied, by name.</returns>
    internal static async ValueTask<IReadOnlyList<string>> EnsureAsync(PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var status = await GetStatusAsync(database, connection, cancellationToken).ConfigureAwait(false);
        if (status.Pending.Count == 0) return [];

        // The lock comes before the transaction, which then sees what the one before us has made. It goes with the connection at the latest.
        await PostgresDatabase.ExecuteAsync(connection, $"SELECT pg_advisory_lock({Lock})", cancellationToken).ConfigureAwait(false);
        try
        {
            return await MigrateAsync(database, connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await PostgresDatabase.ExecuteAsync(connection, $"SELECT pg_advisory_unlock({Lock})", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Where the schema stands; refuses one that is newer, or is not ours.</summary>
    internal static async ValueTask<SchemaStatus> GetStatusAsync(PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT to_regclass('schema_migrations') IS NOT NULL, to_regclass('events') IS NOT NULL";
        bool hasMigrations, hasEvents;
        using (var command = new NpgsqlCommand(Sql, connection))
        using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (hasMigrations, hasEvents) = (reader.GetBoolean(0), reader.GetBoolean(1));
        }

        if (!hasMigrations && hasEvents) throw PostgresFailure.NotAStore(database.Name, database.Schema);
        var version = 0;
        if (hasMigrations)
        {
            using var command = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_migrations", connection);
            version = (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }

        var known = Migrations.Value;
        if (version > known.Count) throw PostgresFailure.NewerSchema(database.Name, version, known.Count);
        var last = version == 0 ? 0 : await PostgresReads.LastPositionAsync(connection, cancellationToken).ConfigureAwait(false);
        return new SchemaStatus(database.Place, version, known.Count, [.. known.Skip(version).Select(migration => migration.Name)], last);
    }

    /// <summary>All or nothing: a process that dies in the middle leaves the version that was there.</summary>
    private static async ValueTask<IReadOnlyList<string>> MigrateAsync(PostgresDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        var status = await GetStatusAsync(database, connection, cancellationToken).ConfigureAwait(false);
        if (status.Version == 0)
        {
            var name = new NpgsqlCommandBuilder().QuoteIdentifier(database.Schema);
            await PostgresDatabase.ExecuteAsync(
                connection,
                $"CREATE SCHEMA IF NOT EXISTS {name}; CREATE TABLE schema_migrations (version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
                cancellationToken).ConfigureAwait(false);
        }

        foreach (var migration in Migrations.Value.Skip(status.Version))
        {
            await PostgresDatabase.ExecuteAsync(connection, migration.Sql, cancellationToken).ConfigureAwait(false);
            await PostgresDatabase.ExecuteAsync(connection, $"INSERT INTO schema_migrations (version, name) VALUES ({migration.Version}, '{migration.Name}')", cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return status.Pending;
    }
}
