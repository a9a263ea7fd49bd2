using System.Buffers;
using System.Data;
using System.Runtime.CompilerServices;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.Infrastructure.StepSystems;

/// <summary>A transaction of a step on a server of PostgreSQL. Values go there and come from there as the server itself writes and reads them, so that there is no type that it cannot carry.</summary>
internal sealed class PostgresOfSteps(PostgresTransaction transaction) : ISqlTransaction
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly SearchValues<char> Special = SearchValues.Create("\\\t\n\r");

    /// <summary>Runs one. How long it may take is for the step to say, and whether it is tried again.</summary>
    public static async Task<T> InTransactionAsync<T>(PostgresAddress server, Func<ISqlTransaction, CancellationToken, Task<T>> work, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new PostgresOptions
        {
            Connection = ConnectionOf(server), Timeout = Longest, Retry = new RetryOptions { Attempts = 1 }, Breaker = new BreakerOptions { Enabled = false },
        };
        await using var client = new PostgresClient($"{server.Host}:{server.Port}", options, NullLoggerFactory.Instance, time);
        return await client.InTransactionAsync(async (transaction, token) => await work(new PostgresOfSteps(transaction), token), IsolationLevel.Unspecified, cancellationToken);
    }

    public async Task<long> ExecuteAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, CancellationToken cancellationToken) =>
        Math.Max(0, await transaction.ExecuteAsync(StatementOf(sql, parameters), cancellationToken));

    public async Task<long> LoadAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<SqlValue>> rows, CancellationToken cancellationToken)
    {
        var into = $"{string.Join('.', table.Split('.').Select(PostgresCommands.Quoted))} ({string.Join(", ", columns.Select(PostgresCommands.Quoted))})";
        var count = 0L;
        var line = new StringBuilder();
        await using var copy = await transaction.Connection.BeginTextImportAsync($"COPY {into} FROM STDIN", cancellationToken);
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            line.Clear();
            foreach (var value in row) Append(line.Length == 0 ? line : line.Append('\t'), value.Text);
            await copy.WriteAsync(line.Append('\n'), cancellationToken);
            count++;
        }

        return count;
    }

    public async Task ReadAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, Func<SqlRows, Task> take, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection.CreateCommand().With(StatementOf(sql, parameters));
        command.AllResultTypesAreUnknown = true;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await take(new SqlRows([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)], RowsOf(reader, cancellationToken)));
    }

    private static string ConnectionOf(PostgresAddress server) => new NpgsqlConnectionStringBuilder
    {
        Host = server.Host,
        Port = server.Port,
        Database = server.Database,
        Username = server.User,
        Password = server.Password,
        SslMode = server.Tls switch { SqlTls.Off => SslMode.Disable, SqlTls.Require => SslMode.Require, SqlTls.Verify => SslMode.VerifyFull, _ => SslMode.Prefer },
        Timezone = "UTC",
        MaxPoolSize = 1,
    }.ToString();

    // Of no type, as a literal in quotes is: the server makes of it what its place asks for.
    private static SqlStatement StatementOf(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters) =>
        new(sql, [.. parameters.Select(parameter => new NpgsqlParameter { ParameterName = parameter.Key, NpgsqlDbType = NpgsqlDbType.Unknown, Value = (object?)parameter.Value.Text ?? DBNull.Value })]);

    // https://www.postgresql.org/docs/current/sql-copy.html, text format.
    private static void Append(StringBuilder line, string? text)
    {
        if (text is null) line.Append(@"\N");
        else if (text.AsSpan().IndexOfAny(Special) < 0) line.Append(text);
        else line.Append(text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\t", @"\t", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal).Replace("\r", @"\r", StringComparison.Ordinal));
    }

    private static async IAsyncEnumerable<IReadOnlyList<SqlValue>> RowsOf(NpgsqlDataReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        uint[] types = [.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetPostgresType(column).OID)];
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new SqlValue[types.Length];
            for (var column = 0; column < row.Length; column++) row[column] = await reader.IsDBNullAsync(column, cancellationToken) ? SqlValue.Null : ValueOf(types[column], reader.GetString(column));
            yield return row;
        }
    }

    /// <summary>A value by its type (https://www.postgresql.org/docs/current/catalog-pg-type.html): in the form that JSON has for it, if there is one.</summary>
    private static SqlValue ValueOf(uint type, string text) => type switch
    {
        16 => new SqlValue(SqlValueKind.Boolean, text == "t" ? "true" : "false"), // bool
        20 or 21 or 23 or 26 or 700 or 701 or 1700 when char.IsAsciiDigit(text[^1]) => new SqlValue(SqlValueKind.Number, text), // int8, int2, int4, oid, float4, float8, numeric; not NaN, not Infinity
        114 or 3802 => new SqlValue(SqlValueKind.Json, text), // json, jsonb
        1114 or 1184 => new SqlValue(SqlValueKind.Text, TimeOf(text)), // timestamp, timestamptz
        _ => new SqlValue(SqlValueKind.Text, text),
    };

    // RFC 3339. The session is in UTC.
    private static string TimeOf(string text) => char.IsAsciiDigit(text[^1]) ? (text.EndsWith("+00", StringComparison.Ordinal) ? text[..^3] + "Z" : text).Replace(' ', 'T') : text;
}
