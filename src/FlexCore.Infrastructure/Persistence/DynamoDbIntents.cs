using System.Globalization;
using Amazon.DynamoDBv2.Model;
using FlexCore.Infrastructure.DynamoDb;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>
/// Units of work of several items, as a protocol of our own: what all of them hang on is the state of one item, the intent. It is <c>pending</c> while each item is told what it may
/// become; with the one write that makes it <c>committed</c> all have become that, for everybody who reads; made <c>aborted</c> instead, none has. Whoever comes across an intent ends it:
/// at once where it is decided, after a while where its owner seems to be gone, which costs an owner who is not no more than another attempt.
/// </summary>
internal sealed class DynamoDbIntents(DynamoDbTable table, TimeProvider time)
{
    /// <summary>Where intents are: no kind has such a name.</summary>
    private const string Place = "~intents";

    private const string StateName = "state";
    private const string ItemsName = "items";
    private const string Pending = "pending";
    private const string Committed = "committed";
    private const string Aborted = "aborted";
    private const int AtOnce = 16;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an intent may be pending before it is taken for that of somebody who is gone.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What an item is for who reads it now.</summary>
    public async ValueTask<Entity?> ReadAsync(DynamoDbItem? item, CancellationToken cancellationToken)
    {
        while (item?.Intent is { } intent)
        {
            if (await StateAsync(intent, cancellationToken) is { } state) return state == Committed ? item.Next : item.Current;

            // The intent ended after the item was read, unless the item came to be held after the intent had been given up: then it holds nothing.
            var again = await table.FindAsync(item.Kind, item.Id, cancellationToken);
            if (again?.Intent == intent) return again.Current;
            item = again;
        }

        return item?.Current;
    }

    /// <summary>Does a unit of work.</summary>
    /// <returns>The changes that do not find what they expect; null where somebody else has ended the intent, so that it is to be tried again.</returns>
    public async ValueTask<IReadOnlyList<EntityConflict>?> CommitAsync(IReadOnlyList<EntityChange> changes, CancellationToken cancellationToken)
    {
        // 1. The intent, so that whoever finds one of its items can tell what that is about.
        var intent = Guid.CreateVersion7(time.GetUtcNow()).ToString("n", CultureInfo.InvariantCulture);
        await table.PutAsync(ItemOf(intent, Pending, [.. changes.Select(change => (change.Kind, change.Id))]), condition: null, cancellationToken);

        // 2. Each item is told what it may become.
        List<EntityConflict> conflicts = [];
        foreach (var some in changes.Chunk(AtOnce))
        {
            conflicts.AddRange((await Task.WhenAll(some.Select(change => HoldAsync(change, intent, cancellationToken)))).OfType<EntityConflict>());
        }

        // 3. All of it, or nothing.
        var isDone = await DecideAsync(intent, conflicts.Count == 0 ? Committed : Aborted, cancellationToken);

        // 4. What others would do later.
        await EndAsync(intent, [.. changes.Select(change => (change.Kind, change.Id))], isDone && conflicts.Count == 0, cancellationToken);
        return conflicts.Count > 0 ? conflicts : isDone ? [] : null;
    }

    /// <summary>Ends the intent that holds an item.</summary>
    public async ValueTask SettleAsync(DynamoDbItem item, CancellationToken cancellationToken) =>
        await table.ReleaseAsync(item, await DecidedAsync(item.Intent!, cancellationToken), cancellationToken);

    /// <summary>Ends all intents that a crash has left.</summary>
    public async ValueTask EndAllAsync(CancellationToken cancellationToken)
    {
        var keys = new DynamoDbExpression("#kind = :kind")
        {
            Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#kind"] = DynamoDbItem.KindName },
            Values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":kind"] = new(Place) },
        };
        await foreach (var item in table.Client.QueryAsync(new DynamoDbQuery(table.Name, keys) { IsConsistent = true }, cancellationToken))
        {
            var intent = item[DynamoDbItem.IdName].S;
            await EndAsync(intent, ItemsOf(item), await DecidedAsync(intent, cancellationToken), cancellationToken);
        }
    }

    private async Task<EntityConflict?> HoldAsync(EntityChange change, string intent, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await table.HoldAsync(change, intent, cancellationToken)) return null;
            var item = await table.FindAsync(change.Kind, change.Id, cancellationToken);
            if (item?.Intent is not null) await SettleAsync(item, cancellationToken);
            else if (change.Against(item?.Current?.Version) is { } conflict) return conflict;
        }
    }

    /// <summary>Waits until an intent is decided, and decides it where nobody does.</summary>
    /// <returns>Whether it was committed.</returns>
    private async ValueTask<bool> DecidedAsync(string intent, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var state = await StateAsync(intent, cancellationToken);
            if (state != Pending) return state == Committed;
            if (time.GetElapsedTime(began) >= Patience) await DecideAsync(intent, Aborted, cancellationToken);
            else await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    /// <returns>Whether it was this that has decided it.</returns>
    private async ValueTask<bool> DecideAsync(string intent, string state, CancellationToken cancellationToken)
    {
        var items = await table.Client.GetAsync(table.Name, DynamoDbItem.KeyOf(Place, intent), isConsistent: true, cancellationToken);
        return items is not null && await table.PutAsync(ItemOf(intent, state, ItemsOf(items)), DynamoDbTable.Has(StateName, Pending), cancellationToken);
    }

    private async ValueTask EndAsync(string intent, IReadOnlyList<(string Kind, string Id)> items, bool isDone, CancellationToken cancellationToken)
    {
        foreach (var some in items.Chunk(AtOnce))
        {
            await Task.WhenAll(some.Select(async key =>
            {
                if (await table.FindAsync(key.Kind, key.Id, cancellationToken) is { } item && item.Intent == intent) await table.ReleaseAsync(item, isDone, cancellationToken);
            }));
        }

        await table.DeleteAsync(new DynamoDbItem(Place, intent), condition: null, cancellationToken);
    }

    private async ValueTask<string?> StateAsync(string intent, CancellationToken cancellationToken) =>
        await table.Client.GetAsync(table.Name, DynamoDbItem.KeyOf(Place, intent), isConsistent: true, cancellationToken) is { } item ? item[StateName].S : null;

    private static Dictionary<string, AttributeValue> ItemOf(string intent, string state, IReadOnlyList<(string Kind, string Id)> items)
    {
        var item = DynamoDbItem.KeyOf(Place, intent);
        (item[StateName], item[ItemsName]) = (new AttributeValue(state), new AttributeValue { L = [.. items.Select(key => new AttributeValue($"{key.Kind}/{key.Id}"))] });
        return item;
    }

    private static IReadOnlyList<(string Kind, string Id)> ItemsOf(IReadOnlyDictionary<string, AttributeValue> intent) =>
        [.. intent[ItemsName].L.Select(key => key.S.Split('/')).Select(parts => (parts[0], parts[1]))];
}
