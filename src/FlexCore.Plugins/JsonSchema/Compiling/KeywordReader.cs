using System.Text.Json;
using FlexCore.Plugins.JsonSchema.Keywords;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>Reads the keywords of a schema. Keywords that its draft does not have are ignored, as those are that nobody has.</summary>
/// <param name="node">The node of a subschema.</param>
internal sealed partial class KeywordReader(Func<SchemaPlace, SchemaNode> node)
{
    private const string Types = "array, boolean, integer, null, number, object, string";
    private const int MostShown = 10;

    /// <summary>Reads them in the order in which they are best asked: what is cheap and often fails comes first.</summary>
    public void ReadInto(SchemaNode target, SchemaPlace place)
    {
        var schema = new SchemaObject(place);
        var keywords = new List<Keyword>();
        ReadType(target, schema, keywords);
        ReadConstants(schema, keywords);
        ReadNumbers(schema, keywords);
        ReadTexts(schema, keywords);
        ReadLists(schema, keywords);
        ReadObjects(schema, keywords);
        ReadCombinations(schema, keywords);
        target.SetKeywords(keywords);
    }

    private static void ReadType(SchemaNode target, SchemaObject schema, List<Keyword> keywords)
    {
        if (schema.Find("type"u8) is not { } at) return;
        var types = at.Document.Tape.Type(at.Token) == JsonTokenType.StartArray ? SchemaObject.Items(at) : [at];
        if (types.Count == 0) throw new UnusableSchemaException(at, "must name at least one type");
        var kinds = 0;
        var (anyNumber, integer) = (false, false);
        foreach (var type in types)
        {
            var name = SchemaObject.String(type);
            var kind = ValueKinds.Of(at.Document.Tape.Text(type.Token));
            if (kind == 0)
                throw new UnusableSchemaException(type, $"names no type: '{SchemaText.Show(name)}'; there are {Types}");
            kinds |= kind;
            integer |= name == "integer";
            anyNumber |= name == "number";
        }

        var integersOnly = integer && !anyNumber;
        var message = $"must be {ValueKinds.Describe(kinds, integersOnly)}";
        target.SetType(kinds, at, message);
        if (!integersOnly) return;
        var asWritten = schema.Document is { IsDraftDeclared: true, Draft: SchemaDraft.Draft4 };
        keywords.Add(new WholeNumberKeyword(at, message, asWritten));
    }

    private static void ReadConstants(SchemaObject schema, List<Keyword> keywords)
    {
        if (schema.Find("enum"u8) is { } list)
        {
            if (list.Document.Tape.Type(list.Token) != JsonTokenType.StartArray) throw new UnusableSchemaException(list, "must be a list");
            var constants = SchemaObject.Items(list);
            var shown = string.Join(", ", constants.Take(MostShown).Select(Show));
            keywords.Add(Constants(list, constants, $"must be one of: {shown}{(constants.Count > MostShown ? ", …" : "")}"));
        }

        if (schema.Document.Draft >= SchemaDraft.Draft6 && schema.Find("const"u8) is { } constant)
            keywords.Add(Constants(constant, [constant], $"must be {Show(constant)}"));
    }

    private static EnumKeyword Constants(SchemaPlace at, IReadOnlyList<SchemaPlace> constants, string message)
    {
        var hashes = new List<int>(constants.Count);
        foreach (var constant in constants)
        {
            var evaluation = new Evaluation(at.Document.Tape, constant.Token);
            hashes.Add(ValueComparer.Hash(ref evaluation, constant.Token));
            if (evaluation.Reason is { } reason) throw new UnusableSchemaException(constant, reason);
        }

        return new EnumKeyword(at, message, [.. constants.Select(constant => constant.Token)], hashes);
    }

    private void ReadCombinations(SchemaObject schema, List<Keyword> keywords)
    {
        if (schema.FindSchemas("allOf"u8) is var (all, allAt)) keywords.Add(new AllOfKeyword(allAt, [.. all.Select(node)]));
        if (schema.FindSchemas("anyOf"u8) is var (any, anyAt)) keywords.Add(new AlternativesKeyword(anyAt, [.. any.Select(node)], exactlyOne: false));
        if (schema.FindSchemas("oneOf"u8) is var (one, oneAt)) keywords.Add(new AlternativesKeyword(oneAt, [.. one.Select(node)], exactlyOne: true));
        if (schema.Find("not"u8) is { } not) keywords.Add(new NotKeyword(not, node(not)));
        if (schema.Document.Draft < SchemaDraft.Draft7 || schema.Find("if"u8) is not { } condition) return;
        var (then, otherwise) = (schema.Find("then"u8), schema.Find("else"u8));
        keywords.Add(new ConditionKeyword(condition, node(condition), then is { } yes ? node(yes) : null, otherwise is { } no ? node(no) : null));
    }

    private static string Show(SchemaPlace at) => SchemaText.Show(at.Document.Tape.Raw(at.Token));
}
