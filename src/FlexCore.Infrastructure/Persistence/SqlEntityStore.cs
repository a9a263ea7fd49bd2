using System.Data.Common;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Entities in a table of a database, which answers specifications itself; a unit of work is a transaction of it. Rows are for programs: what is changed in them by hand keeps its version.</summary>
public abstract class SqlEntityStore : IEntityStore
{
    private readonly EntityStatements _statements;
    private readonly Once _prepared;

    private protected SqlEntityStore(SqlDialect dialect) =>
        (_statements, _prepared) = (new EntityStatements(dialect), new Once(token => PrepareAsync(new SqlStatement(dialect.Create), token)));

    /// <inheritdoc/>
    public async ValueTask<Entity?> FindAsync(string kind, string id, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        await _prepared.DoneAsync(cancellationToken);
        return await QueryAsync(_statements.Find(kind, id), row => EntityStatements.Read(kind, row), cancellationToken) is [var entity] ? entity : null;
    }

    /// <inheritdoc/>
    public async ValueTask<EntityPage> ListAsync(EntityQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Checked();
        await _prepared.DoneAsync(cancellationToken);
        return EntityPage.Of(await QueryAsync(_statements.Page(query), row => EntityStatements.Read(query.Kind, row), cancellationToken), query.Limit);
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(string kind, Specification where, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        await _prepared.DoneAsync(cancellationToken);
        return (await QueryAsync(_statements.Count(kind, where), row => Convert.ToInt64(row.GetValue(0)), cancellationToken))[0];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> KindsAsync(CancellationToken cancellationToken)
    {
        await _prepared.DoneAsync(cancellationToken);
        return await QueryAsync(_statements.Kinds(), row => row.GetString(0), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken)
    {
        var ordered = UnitOfWork.InOrder(changes);
        await _prepared.DoneAsync(cancellationToken);
        await InTransactionAsync(
            async (session, token) =>
            {
                List<EntityConflict> conflicts = [];
                foreach (var change in ordered)
                {
                    if (await session.ExecuteAsync(_statements.Change(change), token) == 1) continue;
                    conflicts.Add(new EntityConflict(change, await session.QueryAsync(_statements.Version(change), row => row.GetString(0), token) is [var version] ? version : null));
                }

                // Thrown within, so that the transaction does not become true.
                UnitOfWork.Refuse(conflicts);
            },
            cancellationToken);
    }

    /// <summary>A change for who has a transaction of the same database under way: a statement that returns a row where the entity was as expected. The table is there then. Not for SQL Server.</summary>
    internal async ValueTask<SqlStatement> TranslateAsync(EntityChange change, CancellationToken cancellationToken)
    {
        await _prepared.DoneAsync(cancellationToken);
        var statement = _statements.Change(change);
        return statement with { Sql = $"{statement.Sql} RETURNING id" };
    }

    /// <summary>Makes the table, where it is not there.</summary>
    private protected virtual ValueTask PrepareAsync(SqlStatement create, CancellationToken cancellationToken) =>
        InTransactionAsync(async (session, token) => await session.ExecuteAsync(create, token), cancellationToken);

    private protected abstract ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken);

    private protected abstract ValueTask InTransactionAsync(Func<ISqlSession, CancellationToken, ValueTask> work, CancellationToken cancellationToken);
}

/// <summary>A transaction that is under way.</summary>
internal interface ISqlSession
{
    /// <returns>How many rows were changed.</returns>
    ValueTask<int> ExecuteAsync(SqlStatement statement, CancellationToken cancellationToken);

    ValueTask<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken);
}
