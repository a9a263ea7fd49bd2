using System.Data;
using System.Data.Common;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.SqlServer;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Entities in a table of SQL Server, from 2019 on.</summary>
/// <param name="client">Reaches the database; not closed by this.</param>
/// <param name="table">The table, or <c>schema.table</c>; made at the first use, in a schema that is there.</param>
public sealed class SqlServerEntityStore(SqlServerClient client, string table = "entities") : SqlEntityStore(new SqlServerDialect(table))
{
    private protected override ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken) => client.QueryAsync(statement, read, cancellationToken);

    private protected override async ValueTask InTransactionAsync(Func<ISqlSession, CancellationToken, ValueTask> work, CancellationToken cancellationToken) => await client.InTransactionAsync(
        async (transaction, token) =>
        {
            await work(new Session(transaction), token);
            return true;
        },
        IsolationLevel.ReadCommitted,
        cancellationToken);

    private sealed class Session(SqlServerTransaction transaction) : ISqlSession
    {
        public ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken) => transaction.ExecuteAsync(statement, cancellationToken);

        public ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken) => transaction.QueryAsync(statement, read, cancellationToken);
    }
}
