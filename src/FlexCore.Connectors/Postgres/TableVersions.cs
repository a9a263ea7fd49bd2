using System.Globalization;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>
/// Full tables that are read anew (Singer's versions): the rows of a version lie in a table beside the one that counts until it is activated. Which one counts stands in <c>_flexcore_versions</c>, in
/// the same transaction.
/// </summary>
internal sealed class TableVersions
{
    private const string Bookkeeping = "_flexcore_versions";
    private const int LongestPrefix = 40;

    private readonly TargetTable _table;
    private readonly HashSet<long> _there;

    private TableVersions(TargetTable table, long? active, HashSet<long> there) => (_table, Active, _there) = (table, active, there);

    /// <summary>The version whose rows are in the table; null when it has none.</summary>
    public long? Active { get; private set; }

    private string Prefix => $"{_table.Name[..Math.Min(LongestPrefix, _table.Name.Length)]}__v";

    /// <summary>Looks what earlier runs have left.</summary>
    public static async ValueTask<TableVersions> ReadAsync(NpgsqlConnection connection, TargetTable table, CancellationToken cancellationToken)
    {
        var versions = new TableVersions(table, null, []);
        using (var exists = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection))
        {
            exists.Parameters.Add(new NpgsqlParameter { Value = table.Qualify(Bookkeeping) });
            if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!) return versions;
        }

        using (var active = new NpgsqlCommand($"SELECT version FROM {table.Qualify(Bookkeeping)} WHERE name = $1", connection))
        {
            active.Parameters.Add(new NpgsqlParameter { Value = table.Name });
            versions.Active = (long?)await active.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        using var command = new NpgsqlCommand("SELECT tablename FROM pg_tables WHERE schemaname = $1 AND starts_with(tablename, $2)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = table.Schema });
        command.Parameters.Add(new NpgsqlParameter { Value = versions.Prefix });
        using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (long.TryParse(row.GetString(0)[versions.Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var version)) versions._there.Add(version);
        }

        return versions;
    }

    /// <summary>Whether a version has a table.</summary>
    public bool Has(long version) => _there.Contains(version);

    /// <summary>The table of a version that is not activated, for SQL.</summary>
    public string TableOf(long version) => _table.Qualify(NameOf(version));

    /// <summary>Makes the table of a version. Those of older ones, which nobody will ever activate, go.</summary>
    public async ValueTask CreateAsync(NpgsqlConnection connection, long version, CancellationToken cancellationToken)
    {
        foreach (var old in _there.Where(other => other < version).ToList())
        {
            await TargetTable.ExecuteAsync(connection, $"DROP TABLE {TableOf(old)}", cancellationToken).ConfigureAwait(false);
            _there.Remove(old);
        }

        await TargetTable.ExecuteAsync(
            connection,
            $"CREATE TABLE IF NOT EXISTS {_table.Qualify(Bookkeeping)} (name text PRIMARY KEY, version bigint NOT NULL); CREATE TABLE {TableOf(version)} (LIKE {_table.FullName} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE)",
            cancellationToken).ConfigureAwait(false);
        _there.Add(version);
    }

    /// <summary>The rows of a version become those of the table. The caller's transaction makes that one step.</summary>
    public async ValueTask ActivateAsync(NpgsqlConnection connection, long version, CancellationToken cancellationToken)
    {
        if (version == Active) return;
        if (!Has(version)) await CreateAsync(connection, version, cancellationToken).ConfigureAwait(false);
        if (await IsBareAsync(connection, cancellationToken).ConfigureAwait(false)) await SwapAsync(connection, version, cancellationToken).ConfigureAwait(false);
        else await RefillAsync(connection, version, cancellationToken).ConfigureAwait(false);
        _there.Remove(version);
        Active = version;
        await TargetTable.ExecuteAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {_table.Qualify(Bookkeeping)} (name, version) VALUES ({PostgresServer.Literal(_table.Name)}, {version}) ON CONFLICT (name) DO UPDATE SET version = EXCLUDED.version"),
            cancellationToken).ConfigureAwait(false);
    }

    private string NameOf(long version) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version}");

    /// <summary>Whether nobody has added anything to the table that a new one would lack: indexes, rights, triggers, policies, a comment, views or foreign keys that depend on it.</summary>
    private async ValueTask<bool> IsBareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Query =
            """
            SELECT c.relacl IS NULL AND c.relkind = 'r' AND NOT c.relispartition AND NOT c.relrowsecurity AND NOT c.relhasrules AND NOT c.relhastriggers AND NOT c.relhassubclass
                AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND NOT i.indisprimary)
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE (k.conrelid = c.oid AND k.contype NOT IN ('p', 'n')) OR k.confrelid = c.oid)
                AND NOT EXISTS (SELECT FROM pg_description d WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass)
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass)
                AND NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = c.oid)
                AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
            FROM pg_class c WHERE c.oid = to_regclass($1)
            """;
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = _table.FullName });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async ValueTask SwapAsync(NpgsqlConnection connection, long version, CancellationToken cancellationToken)
    {
        await TargetTable.ExecuteAsync(connection, $"DROP TABLE {_table.FullName}; ALTER TABLE {TableOf(version)} RENAME TO {PostgresServer.Quote(_table.Name)}", cancellationToken).ConfigureAwait(false);
        if (_table.Keys.Count == 0) return;
        await TargetTable.ExecuteAsync(connection, "SAVEPOINT keys", cancellationToken).ConfigureAwait(false);
        try
        {
            await AddKeysAsync().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // A record came more than once: the last one counts.
            await TargetTable.ExecuteAsync(connection, $"ROLLBACK TO SAVEPOINT keys; {RemoveEarlier(_table.FullName)}", cancellationToken).ConfigureAwait(false);
            await AddKeysAsync().ConfigureAwait(false);
        }

        ValueTask AddKeysAsync() => TargetTable.ExecuteAsync(connection, $"ALTER TABLE {_table.FullName} ADD PRIMARY KEY ({_table.KeyList})", cancellationToken);
    }

    /// <summary>The table stays, with all that others have added to it; whoever reads waits until the rows are there.</summary>
    private ValueTask RefillAsync(NpgsqlConnection connection, long version, CancellationToken cancellationToken)
    {
        var distinct = _table.Keys.Count == 0 ? "" : RemoveEarlier(TableOf(version)) + "; ";
        return TargetTable.ExecuteAsync(
            connection,
            $"{distinct}DELETE FROM {_table.FullName}; INSERT INTO {_table.FullName} ({_table.ColumnList}) SELECT {_table.ColumnList} FROM {TableOf(version)}; DROP TABLE {TableOf(version)}",
            cancellationToken);
    }

    // Rows of a table that was only ever added to lie in the order in which they came.
    private string RemoveEarlier(string table) =>
        $"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY {_table.KeyList} ORDER BY ctid DESC) AS place FROM {table}) AS numbered WHERE place > 1)";
}
