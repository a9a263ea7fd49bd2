using System.Globalization;
using System.Runtime.CompilerServices;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.EventStore.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FlexCore.Infrastructure.StepSystems;

/// <summary>A transaction of a step on a file of SQLite. Its statements neither end it nor open other files.</summary>
internal sealed class SqliteOfSteps(SqliteConnection connection) : ISqlTransaction
{
    /// <summary>Runs one, on a thread that may block: SQLite does its work on the thread that asks.</summary>
    public static Task<T> InTransactionAsync<T>(string file, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        Task.Run(() => RunAsync(file, work, cancellationToken), cancellationToken);

    public Task<long> ExecuteAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, CancellationToken cancellationToken) =>
        Task.FromResult((long)Math.Max(0, connection.Execute(sql, [.. ParametersOf(parameters)])));

    public async Task<long> LoadAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<SqlValue>> rows, CancellationToken cancellationToken)
    {
        var names = columns.Select((_, place) => $"?{place + 1}").ToList();
        using var insert = connection.Command(
            $"INSERT INTO {string.Join('.', table.Split('.').Select(Quoted))} ({string.Join(", ", columns.Select(Quoted))}) VALUES ({string.Join(", ", names)})", [.. names.Select(name => (name, (object?)null))]);
        insert.Prepare();
        var count = 0L;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            for (var place = 0; place < row.Count; place++) insert.Parameters[place].Value = ValueOf(row[place]) ?? DBNull.Value;
            insert.ExecuteNonQuery();
            count++;
        }

        return count;
    }

    public async Task ReadAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, Func<SqlRows, Task> take, CancellationToken cancellationToken)
    {
        using var command = connection.Command(sql, [.. ParametersOf(parameters)]);
        using var reader = command.ExecuteReader();
        await take(new SqlRows([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)], RowsOf(reader, cancellationToken)));
    }

    private static async Task<T> RunAsync<T>(string file, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        SystemSqlite.EnsureLoaded();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await using var interrupt = cancellationToken.Register(() => raw.sqlite3_interrupt(connection.Handle));

            // Whoever fails closes the connection, which rolls back.
            connection.Execute("PRAGMA foreign_keys = ON");
            connection.Execute("BEGIN IMMEDIATE");
            raw.sqlite3_set_authorizer(connection.Handle, Permit, user_data: null);
            var result = await work(new SqliteOfSteps(connection), cancellationToken);
            raw.sqlite3_set_authorizer(connection.Handle, (strdelegate_authorizer?)null, user_data: null);
            connection.Execute("COMMIT");
            return result;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new FlexCoreException(new Error(CodeOf(e), $"{file}: {e.Message}"), e);
        }
    }

    private static int Permit(object user, int action, string first, string second, string database, string source) =>
        action is raw.SQLITE_TRANSACTION or raw.SQLITE_SAVEPOINT or raw.SQLITE_ATTACH or raw.SQLITE_DETACH ? raw.SQLITE_DENY : raw.SQLITE_OK;

    private static ErrorCode CodeOf(SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ErrorCodes.SystemBusy,
        raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN => ErrorCodes.SystemUnreachable,
        raw.SQLITE_READONLY or raw.SQLITE_PERM => ErrorCodes.SystemAccessRefused,
        raw.SQLITE_CONSTRAINT => ErrorCodes.SystemConflict,
        _ => ErrorCodes.SystemRequestRefused,
    };

    private static IEnumerable<(string Name, object? Value)> ParametersOf(IReadOnlyList<KeyValuePair<string, SqlValue>> parameters) => parameters.Select(parameter => ($"@{parameter.Key}", ValueOf(parameter.Value)));

    private static object? ValueOf(SqlValue value) => value.Kind switch
    {
        SqlValueKind.Boolean => value.Text == "true" ? 1L : 0L,
        SqlValueKind.Number when long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        SqlValueKind.Number => double.Parse(value.Text!, CultureInfo.InvariantCulture),
        _ => value.Text,
    };

    private static async IAsyncEnumerable<IReadOnlyList<SqlValue>> RowsOf(SqliteDataReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken)) yield return [.. Enumerable.Range(0, reader.FieldCount).Select(column => ValueOf(reader.GetValue(column)))];
    }

    private static SqlValue ValueOf(object value) => value switch
    {
        long whole => new SqlValue(SqlValueKind.Number, whole.ToString(CultureInfo.InvariantCulture)),
        double number when double.IsFinite(number) => new SqlValue(SqlValueKind.Number, number.ToString("R", CultureInfo.InvariantCulture)),
        byte[] bytes => new SqlValue(SqlValueKind.Text, Convert.ToBase64String(bytes)),
        DBNull => SqlValue.Null,
        _ => new SqlValue(SqlValueKind.Text, Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
