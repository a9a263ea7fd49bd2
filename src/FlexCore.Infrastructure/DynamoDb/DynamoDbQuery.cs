using Amazon.DynamoDBv2.Model;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>Which items of a table are asked for.</summary>
/// <param name="Table">The table.</param>
/// <param name="Keys">Which keys: one place, and from where to where in it.</param>
public sealed record DynamoDbQuery(string Table, DynamoDbExpression Keys)
{
    /// <summary>An index to ask instead of the table.</summary>
    public string? Index { get; init; }

    /// <summary>Whether the last ones come first.</summary>
    public bool IsBackwards { get; init; }

    /// <summary>Whether the answer must have all that was written before; not of an index over all places.</summary>
    public bool IsConsistent { get; init; }

    /// <summary>How many items a page has at most; null for as many as fit into 1 MB.</summary>
    public int? PageSize { get; init; }

    internal QueryRequest ToRequest() => new(Table)
    {
        IndexName = Index,
        KeyConditionExpression = Keys.Text,
        ExpressionAttributeNames = Keys.NamesOrNull,
        ExpressionAttributeValues = Keys.ValuesOrNull,
        ScanIndexForward = !IsBackwards,
        ConsistentRead = IsConsistent,
        Limit = PageSize,
    };
}
