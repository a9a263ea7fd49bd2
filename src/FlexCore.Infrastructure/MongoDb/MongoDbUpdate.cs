using System.Text.Json;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>A change of documents.</summary>
/// <param name="Filter">What must hold of them.</param>
/// <param name="Change">The change, as <c>{"$set": {"state": "done"}}</c> (https://www.mongodb.com/docs/manual/reference/mql/update/).</param>
public sealed record MongoDbUpdate(MongoDbDocument Filter, MongoDbDocument Change)
{
    /// <summary>Whether a document is made of the filter and the change where none matches.</summary>
    public bool IsUpsert { get; init; }

    /// <summary>Whether doing it twice is as good as once, as <c>$set</c> is and <c>$inc</c> is not: then it is tried again when nobody knows whether it was done.</summary>
    public bool MayRepeat { get; init; }

    /// <summary>Which members of arrays are changed, where the change names them as <c>$[name]</c>.</summary>
    public IReadOnlyList<MongoDbDocument> ArrayFilters { get; init; } = [];
}

/// <summary>What an update has done.</summary>
/// <param name="Matched">How many documents matched.</param>
/// <param name="Modified">How many of them are not as they were.</param>
/// <param name="UpsertedId">The <c>_id</c> of the document that was made, as canonical Extended JSON; null where none was.</param>
public sealed record MongoDbUpdateResult(long Matched, long Modified, JsonElement? UpsertedId);

/// <summary>A change of one document, which is also the answer.</summary>
/// <param name="Filter">What must hold of it.</param>
/// <param name="Change">The change, or another document in its place; null deletes it.</param>
public sealed record MongoDbFindAndModify(MongoDbDocument Filter, MongoDbDocument? Change)
{
    /// <summary>Which one is the first, where several match; null for any.</summary>
    public MongoDbDocument? Sort { get; init; }

    /// <summary>Which fields of it are the answer; null for all.</summary>
    public MongoDbDocument? Projection { get; init; }

    /// <summary>Whether a document is made of the filter and the change where none matches.</summary>
    public bool IsUpsert { get; init; }

    /// <summary>Whether the answer is the document as it is then, instead of as it was before.</summary>
    public bool AnswersWithNew { get; init; }

    /// <summary>Whether doing it twice is as good as once. The answer may then be that of the second time.</summary>
    public bool MayRepeat { get; init; }

    internal BsonBuilder ToCommand(string collection)
    {
        var command = new BsonBuilder().Add("findAndModify", collection).Add("query", Filter).Add("sort", Sort).Add("fields", Projection);
        return Change is null ? command.Add("remove", value: true) : command.Add("update", Change).Add("upsert", IsUpsert).Add("new", AnswersWithNew);
    }
}
