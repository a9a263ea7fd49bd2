namespace FlexCore.Infrastructure.MongoDb;

/// <summary>An index of a collection (https://www.mongodb.com/docs/manual/indexes/).</summary>
/// <param name="Keys">Its fields in their order, as <c>{"customer": 1, "time": -1}</c>.</param>
public sealed record MongoDbIndex(MongoDbDocument Keys)
{
    /// <summary>Its name; null for that which MongoDB's tools would give it: <c>customer_1_time_-1</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Whether no two documents may have the same keys.</summary>
    public bool IsUnique { get; init; }

    /// <summary>Whether documents without the fields are left out.</summary>
    public bool IsSparse { get; init; }

    /// <summary>What must hold of documents to be in it; null for nothing.</summary>
    public MongoDbDocument? PartialFilter { get; init; }

    /// <summary>How long after the time in its only field a document leaves; null for never.</summary>
    public TimeSpan? ExpireAfter { get; init; }

    internal string NameOrKeys => Name ?? string.Join('_', Keys.ToJson(MongoDbJson.Relaxed).EnumerateObject().Select(key => $"{key.Name}_{key.Value}"));

    internal MongoDbDocument ToDocument()
    {
        var index = new BsonBuilder().Add("key", Keys).Add("name", NameOrKeys).Add("partialFilterExpression", PartialFilter);
        if (IsUnique) index.Add("unique", value: true);
        if (IsSparse) index.Add("sparse", value: true);
        if (ExpireAfter is { } time) index.Add("expireAfterSeconds", (long)time.TotalSeconds);
        return index.Build();
    }
}
