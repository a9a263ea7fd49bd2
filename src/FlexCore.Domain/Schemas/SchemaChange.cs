using System.Text.Json.Serialization;

namespace FlexCore.Domain.Schemas;

/// <summary>How a schema can differ from the one before.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SchemaChangeKind>))]
public enum SchemaChangeKind
{
    /// <summary>A field is new.</summary>
    [JsonStringEnumMemberName("added")]
    Added,

    /// <summary>A field is gone.</summary>
    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>A field takes all that it took, and more.</summary>
    [JsonStringEnumMemberName("widened")]
    Widened,

    /// <summary>A field no longer takes all that it took: its type is narrower, or another one.</summary>
    [JsonStringEnumMemberName("narrowed")]
    Narrowed,

    /// <summary>A field must be there now, or need not any more.</summary>
    [JsonStringEnumMemberName("required")]
    Required,

    /// <summary>What identifies a record is something else.</summary>
    [JsonStringEnumMemberName("keys")]
    Keys,

    /// <summary>Anything else that records are held to, such as the values of an enumeration.</summary>
    [JsonStringEnumMemberName("other")]
    Other,
}

/// <summary>One difference between a schema and the one before.</summary>
/// <param name="Kind">What kind of difference.</param>
/// <param name="Field">The field's path; null where it is none of one field.</param>
/// <param name="Before">How it was.</param>
/// <param name="After">How it is.</param>
public sealed record SchemaChange(SchemaChangeKind Kind, string? Field, string? Before, string? After)
{
    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        SchemaChangeKind.Added => $"{Field} added ({After})",
        SchemaChangeKind.Removed => $"{Field} removed (was {Before})",
        SchemaChangeKind.Widened => $"{Field} widened from {Before} to {After}",
        SchemaChangeKind.Narrowed => $"{Field} narrowed or changed from {Before} to {After}",
        SchemaChangeKind.Required => $"{Field} {After}, was {Before}",
        SchemaChangeKind.Keys => $"keys changed from [{Before}] to [{After}]",
        _ => "the rules for values changed",
    };

    /// <summary>All differences. Of an object that is new or gone with all its fields, it alone is named.</summary>
    public static IReadOnlyList<SchemaChange> Between(SchemaShape before, SchemaShape after)
    {
        var changes = new List<SchemaChange>();
        foreach (var (path, types) in after.Fields)
        {
            if (!before.Fields.TryGetValue(path, out var old))
            {
                if (!HasParentIn(path, field => after.Fields.ContainsKey(field) && !before.Fields.ContainsKey(field))) changes.Add(new SchemaChange(SchemaChangeKind.Added, path, null, types));
            }
            else if (types != old)
            {
                changes.Add(new SchemaChange(SchemaShape.Accepts(types, old) ? SchemaChangeKind.Widened : SchemaChangeKind.Narrowed, path, old, types));
            }
        }

        changes.AddRange(before.Fields
            .Where(field => !after.Fields.ContainsKey(field.Key) && !HasParentIn(field.Key, parent => before.Fields.ContainsKey(parent) && !after.Fields.ContainsKey(parent)))
            .Select(field => new SchemaChange(SchemaChangeKind.Removed, field.Key, field.Value, null)));
        changes.AddRange(after.Required.Except(before.Required, StringComparer.Ordinal).Where(before.Fields.ContainsKey).Select(path => new SchemaChange(SchemaChangeKind.Required, path, "optional", "required")));
        changes.AddRange(before.Required.Except(after.Required, StringComparer.Ordinal).Where(after.Fields.ContainsKey).Select(path => new SchemaChange(SchemaChangeKind.Required, path, "required", "optional")));
        if (!before.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(after.Keys)) changes.Add(new SchemaChange(SchemaChangeKind.Keys, null, string.Join(", ", before.Keys), string.Join(", ", after.Keys)));
        return changes.Count > 0 ? changes : [new SchemaChange(SchemaChangeKind.Other, null, null, null)];
    }

    private static bool HasParentIn(string path, Func<string, bool> isKnown)
    {
        for (var end = path.LastIndexOf('.'); end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (isKnown(path[..end].Replace("[]", "", StringComparison.Ordinal)) || isKnown(path[..end])) return true;
        }

        return false;
    }
}
