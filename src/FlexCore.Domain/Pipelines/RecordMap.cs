namespace FlexCore.Domain.Pipelines;

/// <summary>
/// What one inline map does to the records and the schema of a record stream. The operations take place in the order of the
/// members below, however they were written; from <see cref="Rename"/> on all names are the new ones.
/// </summary>
public sealed record RecordMap
{
    /// <summary>Name of the record stream; <c>*</c> stands for any text.</summary>
    public required string Stream { get; init; }

    /// <summary>Lifts the fields of nested objects up to the record; null leaves them where they are.</summary>
    public Flattening? Flatten { get; init; }

    /// <summary>New name by old name.</summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Type by field.</summary>
    public IReadOnlyDictionary<string, FieldType> Cast { get; init; } = new Dictionary<string, FieldType>(StringComparer.Ordinal);

    /// <summary>Expression by new field, in the order of the file; each sees those before it.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Derive { get; init; } = [];

    /// <summary>A boolean expression; records for which it is not true are left out.</summary>
    public string? Where { get; init; }

    /// <summary>How to hide, by field.</summary>
    public IReadOnlyDictionary<string, FieldMask> Mask { get; init; } = new Dictionary<string, FieldMask>(StringComparer.Ordinal);

    /// <summary>The fields that stay; empty keeps all.</summary>
    public IReadOnlyList<string> Select { get; init; } = [];

    /// <summary>The fields that go.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];
}

/// <summary>How nested objects become fields of the record.</summary>
/// <param name="Separator">Between the names on the way down.</param>
/// <param name="Depth">How many levels are lifted.</param>
public sealed record Flattening(string Separator, int Depth);

/// <summary>What a field can be cast to.</summary>
public enum FieldType
{
    /// <summary>Text.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>Any number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,
}

/// <summary>How a field is hidden.</summary>
public enum MaskKind
{
    /// <summary>HMAC-SHA-256 under the project's key, in lower-case hex: equal values stay equal.</summary>
    Hmac,

    /// <summary>A fixed text.</summary>
    Redact,

    /// <summary>Null.</summary>
    Null,

    /// <summary>All but the last characters.</summary>
    KeepLast,
}

/// <summary>How a field is hidden.</summary>
/// <param name="Kind">How.</param>
/// <param name="Keep">How many characters stay readable at the end, for <see cref="MaskKind.KeepLast"/>.</param>
public sealed record FieldMask(MaskKind Kind, int Keep = 0);
