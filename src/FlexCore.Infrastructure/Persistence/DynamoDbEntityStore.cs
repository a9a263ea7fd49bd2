using System.Collections.Concurrent;
using Amazon.DynamoDBv2.Model;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Entities as items of a table of DynamoDB: the kind is the partition, so that a page is one question. Specifications are answered here, item by item: DynamoDB itself would read, and
/// charge for, the same items. A unit of work of one entity is one conditional write; for several see <see cref="DynamoDbIntents"/>.
/// </summary>
public sealed class DynamoDbEntityStore : IEntityStore
{
    /// <summary>Where the kinds are that there have ever been; no kind has such a name.</summary>
    private const string Kinds = "~kinds";

    private const int Attempts = 20;

    private readonly DynamoDbTable _table;
    private readonly DynamoDbIntents _intents;
    private readonly Once _made;
    private readonly Once _recovered;
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Opens a table; it is made at the first use.</summary>
    /// <param name="client">Reaches DynamoDB; not closed by this.</param>
    /// <param name="table">The table.</param>
    /// <param name="time">Says how long somebody else's unit of work has been under way.</param>
    public DynamoDbEntityStore(DynamoDbClient client, string table, TimeProvider time)
    {
        _table = new DynamoDbTable(client, table);
        _intents = new DynamoDbIntents(_table, time);
        _made = new Once(token => client.CreateTableAsync(table, DynamoDbItem.KindName, DynamoDbItem.IdName, token));
        _recovered = new Once(_intents.EndAllAsync);
    }

    internal Action<string>? BeforeStep
    {
        set => _table.Before = value;
    }

    internal TimeSpan Patience
    {
        set => _intents.Patience = value;
    }

    /// <inheritdoc/>
    public async ValueTask<Entity?> FindAsync(string kind, string id, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        EntityRules.CheckId(id);
        await _made.DoneAsync(cancellationToken);
        return await _intents.ReadAsync(await _table.FindAsync(kind, id, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<EntityPage> ListAsync(EntityQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Checked();
        await _made.DoneAsync(cancellationToken);
        var isAll = ReferenceEquals(query.Where, Specification.Everything);
        return EntityPage.Of(await AllAsync(query.Kind, query.After, isAll ? query.Limit + 1 : null, cancellationToken).Where(query.Where.Holds).Take(query.Limit + 1).ToListAsync(cancellationToken), query.Limit);
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(string kind, Specification where, CancellationToken cancellationToken)
    {
        EntityRules.CheckKind(kind);
        await _made.DoneAsync(cancellationToken);
        return await AllAsync(kind, after: null, pageSize: null, cancellationToken).LongCountAsync(where.Holds, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> KindsAsync(CancellationToken cancellationToken)
    {
        await _made.DoneAsync(cancellationToken);
        List<string> kinds = [];
        await foreach (var kind in ItemsAsync(Kinds, after: null, pageSize: null, cancellationToken))
        {
            var name = kind[DynamoDbItem.IdName].S;
            if (await AllAsync(name, after: null, pageSize: 1, cancellationToken).AnyAsync(cancellationToken)) kinds.Add(name);
        }

        return kinds;
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken)
    {
        var ordered = UnitOfWork.InOrder(changes);
        await _made.DoneAsync(cancellationToken);
        await _recovered.DoneAsync(cancellationToken);
        foreach (var kind in ordered.Select(change => change.Kind).Distinct(StringComparer.Ordinal).Where(kind => !_known.ContainsKey(kind)))
        {
            await _table.PutAsync(DynamoDbItem.KeyOf(Kinds, kind), condition: null, cancellationToken);
            _known[kind] = true;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var conflicts = ordered is [var only] ? await ChangeAsync(only, cancellationToken) : await _intents.CommitAsync(ordered, cancellationToken);
            if (conflicts is null) continue;
            UnitOfWork.Refuse(conflicts);
            return;
        }

        throw new FlexCoreException(new Error(ErrorCodes.StoreBusy, $"{_table.Name}: others wanted the same entities too often"));
    }

    /// <returns>As of <see cref="DynamoDbIntents.CommitAsync"/>.</returns>
    private async ValueTask<IReadOnlyList<EntityConflict>?> ChangeAsync(EntityChange change, CancellationToken cancellationToken)
    {
        if (await _table.ChangeAsync(change, cancellationToken)) return [];
        var item = await _table.FindAsync(change.Kind, change.Id, cancellationToken);
        if (item?.Intent is null) return change.Against(item?.Current?.Version) is { } conflict ? [conflict] : null;
        await _intents.SettleAsync(item, cancellationToken);
        return null;
    }

    private async IAsyncEnumerable<Entity> AllAsync(string kind, string? after, int? pageSize, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in ItemsAsync(kind, after, pageSize, cancellationToken))
        {
            if (await _intents.ReadAsync(DynamoDbItem.Read(item), cancellationToken) is { } entity) yield return entity;
        }
    }

    private IAsyncEnumerable<IReadOnlyDictionary<string, AttributeValue>> ItemsAsync(string kind, string? after, int? pageSize, CancellationToken cancellationToken)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#kind"] = DynamoDbItem.KindName };
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":kind"] = new(kind) };
        if (after is not null) (names["#id"], values[":after"]) = (DynamoDbItem.IdName, new AttributeValue(after));
        var keys = new DynamoDbExpression(after is null ? "#kind = :kind" : "#kind = :kind AND #id > :after") { Names = names, Values = values };
        return _table.Client.QueryAsync(new DynamoDbQuery(_table.Name, keys) { IsConsistent = true, PageSize = pageSize }, cancellationToken);
    }
}
