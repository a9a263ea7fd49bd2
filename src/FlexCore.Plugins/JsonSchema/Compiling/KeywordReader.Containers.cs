using System.Text;
using System.Text.Json;
using FlexCore.Plugins.JsonSchema.Keywords;
using FlexCore.Plugins.JsonSchema.Patterns;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <content>What is asked of lists and objects.</content>
internal sealed partial class KeywordReader
{
    private void ReadLists(SchemaObject schema, List<Keyword> keywords)
    {
        ReadCounts(schema, ValueKinds.Array, "minItems"u8, "maxItems"u8, "item", keywords);
        if (schema.Find("items"u8) is { } items)
        {
            var isList = items.Document.Tape.Type(items.Token) == JsonTokenType.StartArray;
            var rest = isList ? schema.Find("additionalItems"u8) : items;
            keywords.Add(new ItemsKeyword(items, isList ? [.. SchemaObject.Items(items).Select(node)] : [], rest is { } others ? node(others) : null));
        }

        if (schema.Document.Draft >= SchemaDraft.Draft6 && schema.Find("contains"u8) is { } contains)
            keywords.Add(new ContainsKeyword(contains, node(contains)));
        if (schema.FindBoolean("uniqueItems"u8)) keywords.Add(new UniqueItemsKeyword(schema.Find("uniqueItems"u8)!.Value));
    }

    private void ReadObjects(SchemaObject schema, List<Keyword> keywords)
    {
        ReadCounts(schema, ValueKinds.Object, "minProperties"u8, "maxProperties"u8, "member", keywords);
        if (ReadMembers(schema) is { } members) keywords.Add(members);
        if (schema.Document.Draft >= SchemaDraft.Draft6 && schema.Find("propertyNames"u8) is { } names)
            keywords.Add(new PropertyNamesKeyword(names, node(names)));
        keywords.AddRange(schema.FindMembers("dependencies"u8).Select(member => ReadDependency(schema, member.Name, member.Value)));
    }

    private MembersKeyword? ReadMembers(SchemaObject schema)
    {
        var tape = schema.Document.Tape;
        var required = ReadRequired(schema, out var requiredAt).ToDictionary(Encoding.UTF8.GetString, name => name, StringComparer.Ordinal);
        var members = new List<MemberRule>();
        foreach (var (name, value) in schema.FindMembers("properties"u8))
            members.Add(new MemberRule(tape.Text(name).ToArray(), node(value), required.Remove(Encoding.UTF8.GetString(tape.Text(name)))));

        members.AddRange(required.Values.Select(name => new MemberRule(name, Schema: null, IsRequired: true)));
        List<(TextPattern, SchemaNode)> patterns =
        [
            .. schema.FindMembers("patternProperties"u8).Select(member =>
                (Pattern(member.Value, SchemaObject.String(schema.Place with { Token = member.Name })), node(member.Value))),
        ];
        var additional = schema.Find("additionalProperties"u8);
        if (members.Count == 0 && patterns.Count == 0 && additional is null) return null;
        return new MembersKeyword(new MembersRules(schema.Place, requiredAt, members, patterns, additional is { } others ? node(others) : null));
    }

    /// <summary>What must be there. Draft 3 said <c>"required": true</c> within each member; where no draft is named, that is passed over.</summary>
    private static IEnumerable<byte[]> ReadRequired(SchemaObject schema, out SchemaPlace at)
    {
        at = schema.Find("required"u8) ?? schema.Place;
        if (at == schema.Place) return [];
        if (!schema.Document.IsDraftDeclared && at.Document.Tape.Type(at.Token) is JsonTokenType.True or JsonTokenType.False) return [];
        return schema.Texts(at).DistinctBy(Convert.ToHexString, StringComparer.Ordinal);
    }

    private DependencyKeyword ReadDependency(SchemaObject schema, int name, SchemaPlace value)
    {
        var member = schema.Document.Tape.Text(name).ToArray();
        return value.Document.Tape.Type(value.Token) == JsonTokenType.StartArray
            ? new DependencyKeyword(value, member, [.. schema.Texts(value)], schema: null)
            : new DependencyKeyword(value, member, [], node(value));
    }

    private static void ReadCounts(
        SchemaObject schema, int kinds, ReadOnlySpan<byte> leastKeyword, ReadOnlySpan<byte> mostKeyword, string what, List<Keyword> keywords)
    {
        if (schema.FindCount(leastKeyword) is var (least, leastAt))
            keywords.Add(new CountKeyword(leastAt, kinds, $"must have at least {least} {what}{(least == 1 ? "" : "s")}", least, long.MaxValue));
        if (schema.FindCount(mostKeyword) is var (most, mostAt))
            keywords.Add(new CountKeyword(mostAt, kinds, $"must have at most {most} {what}{(most == 1 ? "" : "s")}", 0, most));
    }
}
