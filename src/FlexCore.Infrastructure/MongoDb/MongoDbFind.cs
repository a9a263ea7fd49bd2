namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Which documents of a collection are asked for.</summary>
/// <param name="Collection">The collection.</param>
public sealed record MongoDbFind(string Collection)
{
    /// <summary>What must hold of them (https://www.mongodb.com/docs/manual/reference/mql/query-predicates/).</summary>
    public MongoDbDocument Filter { get; init; } = MongoDbDocument.Empty;

    /// <summary>Their order, as <c>{"time": -1}</c>; null for any.</summary>
    public MongoDbDocument? Sort { get; init; }

    /// <summary>Which fields of them, as <c>{"name": 1}</c>; null for all.</summary>
    public MongoDbDocument? Projection { get; init; }

    /// <summary>How many of the first ones are passed over.</summary>
    public long Skip { get; init; }

    /// <summary>How many there are at most; 0 for all.</summary>
    public long Limit { get; init; }

    /// <summary>How many a server sends together; 0 leaves it to the server.</summary>
    public int BatchSize { get; init; }

    /// <summary>The options as the driver takes them.</summary>
    /// <exception cref="InvalidOperationException">A number is negative.</exception>
    internal BsonBuilder ToOptions()
    {
        if (Skip < 0 || Limit < 0 || BatchSize < 0) throw new InvalidOperationException("Skip, Limit and BatchSize must not be negative.");
        var options = new BsonBuilder().Add("sort", Sort).Add("projection", Projection);
        if (Skip > 0) options.Add("skip", Skip);
        if (Limit > 0) options.Add("limit", Limit);
        if (BatchSize > 0) options.Add("batchSize", BatchSize);
        return options;
    }
}
