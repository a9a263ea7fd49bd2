using System.Data;
using System.Data.Common;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>A database of SQL Server, over one pool of connections for all who ask. Neither statements nor parameters nor rows are in the log or in an error. Wants a process with cultures.</summary>
public sealed class SqlServerClient : SystemClient
{
    /// <summary>How many rows of a bulk are sent together.</summary>
    private const int RowsAtOnce = 5000;

    private static readonly SystemTelemetry Telemetry = new(
        "microsoft.sql_server", SystemKind.Database, SystemTelemetry.CreateDuration("sqlserver_query_duration_seconds", "How long questions to SQL Server took their callers."), "query_type");

    private static readonly Operation Query = new("query");
    private static readonly Operation QueryAgain = Query with { MayRepeat = true };
    private static readonly Operation Execute = new("execute");
    private static readonly Operation ExecuteAgain = Execute with { MayRepeat = true };
    private static readonly Operation Bulk = new("bulk");
    private static readonly Operation Transaction = new("transaction", MayRepeat: true);

    private readonly string _connection;

    internal SqlServerClient(string name, SqlServerOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => _connection = options.Read().ConnectionString;

    /// <summary>Asks for rows.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="read">Makes something of the row at which the reader is.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>All of them.</returns>
    public ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken) => CallAsync(
        statement.MayRepeat ? QueryAgain : Query,
        resource: null,
        (statement, read),
        static async (connection, call, token) =>
        {
            await using var command = connection.CommandOf(call.statement);
            return await command.ReadAllAsync(call.read, token);
        },
        cancellationToken);

    /// <summary>Asks for one value: the first of the first row.</summary>
    /// <returns>The default of its type where there is no row, or null there.</returns>
    public ValueTask<T?> ScalarAsync<T>(SqlStatement statement, CancellationToken cancellationToken) => CallAsync(
        statement.MayRepeat ? QueryAgain : Query,
        resource: null,
        statement,
        static async (connection, statement, token) =>
        {
            await using var command = connection.CommandOf(statement);
            return await command.ReadScalarAsync<T>(token);
        },
        cancellationToken);

    /// <summary>Changes something.</summary>
    /// <returns>How many rows; -1 where that means nothing.</returns>
    public ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken) => CallAsync(
        statement.MayRepeat ? ExecuteAgain : Execute,
        resource: null,
        statement,
        static async (connection, statement, token) =>
        {
            await using var command = connection.CommandOf(statement);
            return await command.ExecuteNonQueryAsync(token);
        },
        cancellationToken);

    /// <summary>Writes any number of rows the fastest way there is, all or none of them.</summary>
    /// <param name="table">The table, or <c>schema.table</c>.</param>
    /// <param name="columns">Its columns that are written.</param>
    /// <param name="rows">A value for each of them; null is SQL's. Read once, so that nothing is tried again.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>How many.</returns>
    public ValueTask<long> ImportAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<object?>> rows, CancellationToken cancellationToken) => CallAsync(
        Bulk,
        table,
        (table, columns, rows),
        static async (connection, call, token) =>
        {
            await using var transaction = (SqlTransaction)await connection.BeginTransactionAsync(token);
            using var bulk = new SqlBulkCopy(connection, SqlBulkCopyOptions.CheckConstraints | SqlBulkCopyOptions.FireTriggers, transaction)
            {
                DestinationTableName = string.Join('.', call.table.Split('.').Select(SqlServerCommands.Quoted)), BulkCopyTimeout = 0,
            };
            using var some = new DataTable();
            foreach (var column in call.columns)
            {
                some.Columns.Add(column, typeof(object));
                bulk.ColumnMappings.Add(column, column);
            }

            var written = 0L;
            await foreach (var chunk in call.rows.Chunk(RowsAtOnce).WithCancellation(token))
            {
                some.Clear();
                foreach (var row in chunk) some.Rows.Add([.. row.Select(value => value ?? DBNull.Value)]);
                await bulk.WriteToServerAsync(some, token);
                written += chunk.Length;
            }

            await transaction.CommitAsync(token);
            return written;
        },
        cancellationToken);

    /// <summary>Does several things, all or none of them. When the server gives the transaction up for another's sake, or goes away before its end, all the work is done again from its beginning.</summary>
    /// <param name="work">The work; rolled back when it throws. What it does outside this transaction may be done several times.</param>
    /// <param name="isolation">What it sees of others meanwhile (https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql).</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="FlexCoreException">Also when the connection broke while the end was told: then nobody knows whether it was done, and it is not tried again.</exception>
    public ValueTask<T> InTransactionAsync<T>(Func<SqlServerTransaction, CancellationToken, ValueTask<T>> work, IsolationLevel isolation, CancellationToken cancellationToken) => CallAsync(
        Transaction,
        resource: null,
        (Client: this, work, isolation),
        static async (connection, call, token) =>
        {
            await using var transaction = (SqlTransaction)await connection.BeginTransactionAsync(call.isolation, token);
            var result = await call.work(new SqlServerTransaction(connection, transaction), token);
            try
            {
                await transaction.CommitAsync(token);
            }
            catch (SqlException e) when (!token.IsCancellationRequested && call.Client.Understand(e) is { Kind: FailureKind.Unreachable or FailureKind.Timeout })
            {
                // Not a failure that is tried again.
                throw new FlexCoreException(new Error(ErrorCodes.SystemUnreachable, $"{call.Client.Name}: commit: the connection broke; it is not known whether the transaction was done"), e);
            }

            return result;
        },
        cancellationToken);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqlConnection(_connection);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CommandOf(new SqlStatement("SELECT 1"));
        await command.ExecuteScalarAsync(cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [_ =>
    {
        using var connection = new SqlConnection(_connection);
        SqlConnection.ClearPool(connection);
        return default;
    }];

    private protected override CallFailure? Understand(Exception failure) => failure is SqlException told ? SqlServerErrors.Understand(told.Number, told.Class, told.Message) : null;

    private ValueTask<T> CallAsync<TState, T>(Operation operation, string? resource, TState state, Func<SqlConnection, TState, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken) => RunAsync(
        operation,
        resource,
        (_connection, state, call),
        static async (all, token) =>
        {
            await using var connection = new SqlConnection(all._connection);
            try
            {
                await connection.OpenAsync(token);
                return await all.call(connection, all.state, token);
            }
            catch (SqlException e) when (token.IsCancellationRequested)
            {
                // The driver says in its own way that it was told to stop.
                throw new OperationCanceledException(e.Message, e, token);
            }
        },
        cancellationToken);
}
