using Amazon.DynamoDBv2.Model;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.DynamoDb;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>The table with entities as items. What it writes it writes only where the item is as expected.</summary>
internal sealed class DynamoDbTable(DynamoDbClient client, string table)
{
    public DynamoDbClient Client => client;

    public string Name => table;

    /// <summary>Told before each write: a test ends the work there, as a crash would.</summary>
    public Action<string>? Before { get; set; }

    public async ValueTask<DynamoDbItem?> FindAsync(string kind, string id, CancellationToken cancellationToken) =>
        await client.GetAsync(table, DynamoDbItem.KeyOf(kind, id), isConsistent: true, cancellationToken) is { } item ? DynamoDbItem.Read(item) : null;

    /// <summary>Where nobody else has an intent: writes what a change wants.</summary>
    /// <returns>Whether the item was as expected.</returns>
    public ValueTask<bool> ChangeAsync(EntityChange change, CancellationToken cancellationToken) => change.Entity is { } entity
        ? PutAsync(new DynamoDbItem(change.Kind, change.Id) { Current = entity }, Free(change), cancellationToken)
        : DeleteAsync(new DynamoDbItem(change.Kind, change.Id), Free(change), cancellationToken);

    /// <summary>Where nobody else has an intent: says that this one has.</summary>
    /// <returns>Whether the item was as expected.</returns>
    public async ValueTask<bool> HoldAsync(EntityChange change, string intent, CancellationToken cancellationToken)
    {
        var current = change.Expected is null ? null : (await FindAsync(change.Kind, change.Id, cancellationToken))?.Current;
        if (current?.Version != change.Expected) return false;
        return await PutAsync(new DynamoDbItem(change.Kind, change.Id) { Current = current, Intent = intent, Next = change.Entity }, Free(change), cancellationToken);
    }

    /// <summary>Ends what an intent has begun with an item, if it still holds it.</summary>
    /// <param name="item">As it was read.</param>
    /// <param name="isDone">Whether the item becomes what the intent says, or is what it was.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask ReleaseAsync(DynamoDbItem item, bool isDone, CancellationToken cancellationToken)
    {
        var held = Has(DynamoDbItem.IntentName, item.Intent!);
        var entity = isDone ? item.Next : item.Current;
        _ = entity is null ? await DeleteAsync(item, held, cancellationToken) : await PutAsync(new DynamoDbItem(item.Kind, item.Id) { Current = entity }, held, cancellationToken);
    }

    /// <returns>Whether the condition held.</returns>
    public async ValueTask<bool> PutAsync(Dictionary<string, AttributeValue> item, DynamoDbExpression? condition, CancellationToken cancellationToken)
    {
        Before?.Invoke($"put {item[DynamoDbItem.KindName].S}/{item[DynamoDbItem.IdName].S}");
        return await HeldAsync(client.PutAsync(table, item, condition, cancellationToken));
    }

    /// <returns>Whether the condition held.</returns>
    public async ValueTask<bool> DeleteAsync(DynamoDbItem item, DynamoDbExpression? condition, CancellationToken cancellationToken)
    {
        Before?.Invoke($"delete {item.Kind}/{item.Id}");
        return await HeldAsync(client.DeleteAsync(table, item.Key, condition, cancellationToken));
    }

    public static DynamoDbExpression Has(string attribute, string value) => DynamoDbExpression.Has(attribute, new AttributeValue(value));

    private ValueTask<bool> PutAsync(DynamoDbItem item, DynamoDbExpression condition, CancellationToken cancellationToken) => PutAsync(item.Write(), condition, cancellationToken);

    private static DynamoDbExpression Free(EntityChange change) => change.Expected is { } expected
        ? new DynamoDbExpression("#version = :version AND attribute_not_exists(#intent)")
        {
            Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#version"] = DynamoDbItem.VersionName, ["#intent"] = DynamoDbItem.IntentName },
            Values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":version"] = new(expected) },
        }
        : DynamoDbExpression.IsNew(DynamoDbItem.KindName);

    private static async ValueTask<bool> HeldAsync(ValueTask write)
    {
        try
        {
            await write;
            return true;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.SystemConflict)
        {
            return false;
        }
    }
}
