using System.Text.Json;
using FlexCore.Plugins.JsonSchema.Keywords;
using FlexCore.Plugins.JsonSchema.Patterns;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <content>What is asked of numbers and texts.</content>
internal sealed partial class KeywordReader
{
    private readonly PatternLibrary _patterns = new();

    private static void ReadNumbers(SchemaObject schema, List<Keyword> keywords)
    {
        ReadBound(schema, "minimum"u8, "exclusiveMinimum"u8, side: 1, keywords);
        ReadBound(schema, "maximum"u8, "exclusiveMaximum"u8, side: -1, keywords);
        if (schema.FindNumber("multipleOf"u8) is not var (divisor, at)) return;
        if (divisor.Sign <= 0) throw new UnusableSchemaException(at, "must be more than 0");
        keywords.Add(new MultipleOfKeyword(at, $"must be a multiple of {Show(at)}", divisor));
    }

    /// <summary>Draft 4 says whether the bound itself is out by true or false, later drafts by a bound of its own. Both are told from its type.</summary>
    private static void ReadBound(SchemaObject schema, ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> exclusiveKeyword, int side, List<Keyword> keywords)
    {
        var exclusive = schema.Find(exclusiveKeyword);
        var isSwitch = exclusive is { } found && found.Document.Tape.Type(found.Token) is JsonTokenType.True or JsonTokenType.False;
        if (isSwitch && schema.Document is { IsDraftDeclared: true, Draft: not SchemaDraft.Draft4 })
            throw new UnusableSchemaException(exclusive!.Value, "must be a number");
        if (schema.Find(keyword) is { } at) Add(at, isSwitch && schema.FindBoolean(exclusiveKeyword));
        if (exclusive is { } bound && !isSwitch) Add(bound, isExclusive: true);

        void Add(SchemaPlace place, bool isExclusive)
        {
            var sign = (side > 0 ? ">" : "<") + (isExclusive ? "" : "=");
            keywords.Add(new BoundKeyword(place, $"must be {sign} {Number(place, out var number)}", number, side, isExclusive));
        }
    }

    private static string Number(SchemaPlace at, out Values.ExactNumber number)
    {
        number = SchemaObject.Number(at);
        return Show(at);
    }

    private void ReadTexts(SchemaObject schema, List<Keyword> keywords)
    {
        if (schema.FindCount("minLength"u8) is var (least, leastAt))
            keywords.Add(new LengthKeyword(leastAt, $"must have at least {least} character{(least == 1 ? "" : "s")}", least, long.MaxValue));
        if (schema.FindCount("maxLength"u8) is var (most, mostAt))
            keywords.Add(new LengthKeyword(mostAt, $"must have at most {most} character{(most == 1 ? "" : "s")}", 0, most));
        if (schema.Find("pattern"u8) is { } pattern)
            keywords.Add(new PatternKeyword(pattern, $"must match {Show(pattern)}", Pattern(pattern, SchemaObject.String(pattern))));
    }

    private TextPattern Pattern(SchemaPlace at, string text)
    {
        try
        {
            return _patterns.Get(text);
        }
        catch (FormatException problem)
        {
            throw new UnusableSchemaException(at, problem.Message);
        }
    }
}
