using Amazon.DynamoDBv2.Model;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>An expression of DynamoDB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html): a condition, or which keys are asked for.</summary>
/// <param name="Text">As <c>#state = :open</c>, with a sharp before names and a colon before values.</param>
public sealed record DynamoDbExpression(string Text)
{
    /// <summary>The names, with their sharps.</summary>
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The values, with their colons.</summary>
    public IReadOnlyDictionary<string, AttributeValue> Values { get; init; } = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);

    // The service takes none that are empty.
    internal Dictionary<string, string>? NamesOrNull => Names.Count == 0 ? null : new(Names, StringComparer.Ordinal);

    internal Dictionary<string, AttributeValue>? ValuesOrNull => Values.Count == 0 ? null : new(Values, StringComparer.Ordinal);

    /// <summary>That there is no item with this key yet.</summary>
    /// <param name="key">The name of the key's attribute.</param>
    public static DynamoDbExpression IsNew(string key) => new("attribute_not_exists(#key)") { Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#key"] = key } };

    /// <summary>That an attribute has a value, as a version that was read before.</summary>
    public static DynamoDbExpression Has(string attribute, AttributeValue value) => new("#attribute = :value")
    {
        Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#attribute"] = attribute },
        Values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [":value"] = value },
    };
}
