using System.Text;
using Amazon.DynamoDBv2.Model;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>An entity as an item: what it is, and where a unit of work is about to change it, by which intent and into what.</summary>
internal sealed record DynamoDbItem(string Kind, string Id)
{
    public const string KindName = "kind";
    public const string IdName = "id";
    public const string VersionName = "version";
    public const string IntentName = "intent";
    private const string DocumentName = "document";
    private const string NextName = "next";
    private const string NextVersionName = "next_version";

    /// <summary>What it is; null of one that is about to be created.</summary>
    public Entity? Current { get; init; }

    /// <summary>Which intent holds it; null for none.</summary>
    public string? Intent { get; init; }

    /// <summary>What it becomes with the intent; null for nothing.</summary>
    public Entity? Next { get; init; }

    public Dictionary<string, AttributeValue> Key => KeyOf(Kind, Id);

    public static Dictionary<string, AttributeValue> KeyOf(string kind, string id) => new(StringComparer.Ordinal) { [KindName] = new(kind), [IdName] = new(id) };

    public static DynamoDbItem Read(IReadOnlyDictionary<string, AttributeValue> item)
    {
        var (kind, id) = (item[KindName].S, item[IdName].S);
        return new DynamoDbItem(kind, id)
        {
            Current = EntityOf(VersionName, DocumentName), Intent = item.TryGetValue(IntentName, out var intent) ? intent.S : null, Next = EntityOf(NextVersionName, NextName),
        };

        Entity? EntityOf(string version, string document) => item.TryGetValue(version, out var at) ? new Entity(kind, id, at.S, Encoding.UTF8.GetBytes(item[document].S)) : null;
    }

    public Dictionary<string, AttributeValue> Write()
    {
        var item = Key;
        Add(Current, VersionName, DocumentName);
        Add(Next, NextVersionName, NextName);
        if (Intent is not null) item[IntentName] = new AttributeValue(Intent);
        return item;

        void Add(Entity? entity, string version, string document)
        {
            if (entity is null) return;
            (item[version], item[document]) = (new AttributeValue(entity.Version), new AttributeValue(Encoding.UTF8.GetString(entity.Document.Span)));
        }
    }
}
