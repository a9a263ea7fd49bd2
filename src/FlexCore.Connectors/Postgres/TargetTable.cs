using FlexCore.Sdk;
using FlexCore.Sdk.Targets;
using Npgsql;

namespace FlexCore.Connectors.Postgres;

/// <summary>A column of a table that is written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as <c>format_type</c> writes it.</param>
internal sealed record TargetColumn(string Name, string Type);

/// <summary>A table that is written: made, or brought to where the records of a stream fit.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Those that the stream has.</param>
/// <param name="Keys">What identifies a row.</param>
internal sealed record TargetTable(string Schema, string Name, IReadOnlyList<TargetColumn> Columns, IReadOnlyList<string> Keys)
{
    private const int LongestName = 63;

    /// <summary>As SQL writes it.</summary>
    public string FullName => Qualify(Name);

    /// <summary>The names of its columns, for SQL.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(column => PostgresServer.Quote(column.Name)));

    /// <summary>The names of its keys, for SQL.</summary>
    public string KeyList => string.Join(", ", Keys.Select(PostgresServer.Quote));

    /// <summary>Another table of the same schema, for SQL.</summary>
    public string Qualify(string name) => $"{PostgresServer.Quote(Schema)}.{PostgresServer.Quote(name)}";

    /// <summary>Makes the table, adds the columns that it lacks, and widens those that are too narrow.</summary>
    public static async ValueTask<TargetTable> PrepareAsync(NpgsqlConnection connection, string schema, StreamSchema stream, CancellationToken cancellationToken)
    {
        var name = Check(stream.Stream.Replace('.', '_'), "stream");
        var known = await FindKnownAsync(connection, stream, cancellationToken).ConfigureAwait(false);
        var wanted = stream.Properties.Select(field => new TargetColumn(Check(field.Key, "field"), ColumnType.Of(field.Value, known))).ToList();
        var there = await ListAsync(connection, schema, name, cancellationToken).ConfigureAwait(false);
        var table = new TargetTable(schema, name, wanted, stream.Keys);
        if (there.Count == 0)
        {
            await ExecuteAsync(connection, table.Create(), cancellationToken).ConfigureAwait(false);
            return table;
        }

        var columns = new List<TargetColumn>();
        foreach (var column in wanted)
        {
            var type = there.GetValueOrDefault(column.Name);
            var change = type is null ? $"ADD COLUMN {PostgresServer.Quote(column.Name)} {column.Type}"
                : ColumnType.Widened(type, column.Type) is { } wider ? $"ALTER COLUMN {PostgresServer.Quote(column.Name)} TYPE {type = wider} USING {PostgresServer.Quote(column.Name)}::{wider}" : null;
            if (change is not null) await ExecuteAsync(connection, $"ALTER TABLE {table.FullName} {change}", cancellationToken).ConfigureAwait(false);
            columns.Add(column with { Type = type ?? column.Type });
        }

        return table with { Columns = columns };
    }

    public static async ValueTask ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private string Create()
    {
        var columns = Columns.Select(column => $"{PostgresServer.Quote(column.Name)} {column.Type}").ToList();
        if (Keys.Count > 0) columns.Add($"PRIMARY KEY ({KeyList})");
        return $"CREATE SCHEMA IF NOT EXISTS {PostgresServer.Quote(Schema)}; CREATE TABLE {FullName} ({string.Join(", ", columns)})";
    }

    private static string Check(string name, string what) =>
        System.Text.Encoding.UTF8.GetByteCount(name) <= LongestName && !name.Contains('\0') ? name
        : throw new PluginException($"the {what} '{name}' has a name that PostgreSQL would cut off after {LongestName} bytes: rename it with `map`");

    private static async ValueTask<HashSet<string>> FindKnownAsync(NpgsqlConnection connection, StreamSchema stream, CancellationToken cancellationToken)
    {
        var named = stream.Properties.Select(field => ColumnType.NamedIn(field.Value)).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (named.Length == 0) return [];

        // A name that is no type is none; what is no name at all does not get into a statement.
        using var command = new NpgsqlCommand("SELECT name FROM unnest($1) name WHERE to_regtype(name) IS NOT NULL AND name ~ '^[a-z_\"][a-zA-Z0-9_\" ]*(\\([0-9,]+\\))?[a-z ]*(\\[\\])?$'", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = named });
        using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false)) known.Add(row.GetString(0));
        return known;
    }

    private static async ValueTask<Dictionary<string, string>> ListAsync(NpgsqlConnection connection, string schema, string name, CancellationToken cancellationToken)
    {
        const string Query =
            """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
            """;
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = schema });
        command.Parameters.Add(new NpgsqlParameter { Value = name });
        using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false)) columns.Add(row.GetString(0), row.GetString(1));
        return columns;
    }
}
