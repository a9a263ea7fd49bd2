using System.Text.Json.Nodes;
using FlexCore.Sdk.Taps;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>A table, or what is read like one.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns, in order.</param>
/// <param name="Keys">Of its primary key, in order.</param>
internal sealed record PostgresTable(string Schema, string Name, IReadOnlyList<PostgresColumn> Columns, IReadOnlyList<string> Keys)
{
    // One question for all tables: domains are what they are made of, and what the role may not read is not there.
    private const string Query =
        """
        WITH RECURSIVE base AS (
            SELECT oid, oid AS type, typtypmod AS typmod, typbasetype, typtype FROM pg_type WHERE typtype <> 'd'
            UNION ALL
            SELECT d.oid, base.type, CASE WHEN d.typtypmod >= 0 THEN d.typtypmod ELSE base.typmod END, d.typbasetype, d.typtype FROM pg_type d JOIN base ON d.typbasetype = base.oid AND d.typtype = 'd'
        )
        SELECT n.nspname, c.relname, a.attname, format_type(b.type, CASE WHEN t.typtype = 'd' THEN b.typmod ELSE a.atttypmod END), e.typcategory = 'A', a.attnotnull,
               array_position(k.conkey, a.attnum)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN base b ON b.oid = a.atttypid
        JOIN pg_type e ON e.oid = b.type
        LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
          AND (CASE WHEN $1 IS NULL THEN n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%' ELSE n.nspname = ANY($1) END)
          AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
        ORDER BY n.nspname, c.relname, a.attnum
        """;

    public string Stream => Schema == "public" ? Name : $"{Schema}.{Name}";

    public static async ValueTask<IReadOnlyList<PostgresTable>> ListAsync(NpgsqlConnection connection, IReadOnlyList<string>? schemas, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)schemas?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text });
        using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var columns = new List<(string Schema, string Table, PostgresColumn Column, int? Key)>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            columns.Add((row.GetString(0), row.GetString(1), new PostgresColumn(row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetBoolean(5)), row.IsDBNull(6) ? null : row.GetInt32(6)));
        return
        [
            .. columns.GroupBy(column => (column.Schema, column.Table)).Select(table => new PostgresTable(
                table.Key.Schema, table.Key.Table, [.. table.Select(column => column.Column)],
                [.. table.Where(column => column.Key is not null).OrderBy(column => column.Key).Select(column => column.Column.Name)])),
        ];
    }

    public TapStream Describe(PostgresTapSettings settings)
    {
        var key = settings.ReplicationKeys?.GetValueOrDefault(Stream);
        var properties = new JsonObject(Columns.Select(column => KeyValuePair.Create(column.Name, (JsonNode?)column.Schema(settings.NonFinite))));
        return new TapStream(Stream, new JsonObject { ["type"] = "object", ["properties"] = properties })
        {
            Keys = Keys,
            ReplicationKey = key,
            Method = key is null ? ReplicationMethod.FullTable : ReplicationMethod.Incremental,
        };
    }

    /// <summary>What COPY is asked for.</summary>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="key">The column that grows; null where all is read.</param>
    /// <param name="from">Its value from which on rows are wanted; null for all.</param>
    public string Copy(IReadOnlyList<PostgresColumn> columns, PostgresColumn? key, string? from)
    {
        var rows = $"SELECT {string.Join(", ", columns.Select(column => column.Expression))} FROM {PostgresServer.Quote(Schema)}.{PostgresServer.Quote(Name)}";
        if (key is not null)
        {
            var name = PostgresServer.Quote(key.Name);
            rows += from is null ? $" WHERE {name} IS NOT NULL ORDER BY {name}" : $" WHERE {name} >= {PostgresServer.Literal(from)}::{key.Type} ORDER BY {name}";
        }

        return $"COPY ({rows}) TO STDOUT";
    }
}
