using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Databases that steps work on, with how long each operation takes.</summary>
internal sealed class MeasuredSqlDatabases(ISqlDatabases inner) : ISqlDatabases
{
    private static readonly MeasuredPort Port = new("sql-databases");

    public Task<T> InTransactionAsync<T>(SqlDatabase database, Func<ISqlTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        Port.MeasureAsync("transaction", () => inner.InTransactionAsync(database, (transaction, token) => work(new Transaction(transaction), token), cancellationToken));

    private sealed class Transaction(ISqlTransaction inner) : ISqlTransaction
    {
        public Task<long> ExecuteAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, CancellationToken cancellationToken) =>
            Port.MeasureAsync("execute", () => inner.ExecuteAsync(sql, parameters, cancellationToken));

        public Task<long> LoadAsync(string table, IReadOnlyList<string> columns, IAsyncEnumerable<IReadOnlyList<SqlValue>> rows, CancellationToken cancellationToken) =>
            Port.MeasureAsync("load", () => inner.LoadAsync(table, columns, rows, cancellationToken));

        public Task ReadAsync(string sql, IReadOnlyList<KeyValuePair<string, SqlValue>> parameters, Func<SqlRows, Task> take, CancellationToken cancellationToken) =>
            Port.MeasureAsync("read", () => inner.ReadAsync(sql, parameters, take, cancellationToken));
    }
}
