using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>allOf</c>.</summary>
internal sealed class AllOfKeyword(SchemaPlace place, SchemaNode[] schemas) : Keyword(place, ValueKinds.All)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        foreach (var schema in schemas)
        {
            if (!schema.Holds(ref evaluation, value)) return false;
        }

        return true;
    }

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        foreach (var schema in schemas) schema.Explain(ref evaluation, report, value);
    }
}

/// <summary><c>anyOf</c> and <c>oneOf</c>.</summary>
internal sealed class AlternativesKeyword(SchemaPlace place, SchemaNode[] schemas, bool exactlyOne) : Keyword(place, ValueKinds.All)
{
    public override bool Holds(ref Evaluation evaluation, int value) => Count(ref evaluation, value) == 1;

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        var count = Count(ref evaluation, value);
        if (count == 1 || evaluation.IsOver) return;
        var type = evaluation.Document.Type(value);
        if (count > 1) report.Add(Place, value, "is valid under more than one of the schemas, must be under exactly one");

        // "null or an object of this form": whoever wrote an object wants to hear about the form.
        else if (schemas.Count(schema => ValueKinds.Has(schema.Kinds, type)) == 1)
            schemas.Single(schema => ValueKinds.Has(schema.Kinds, type)).Explain(ref evaluation, report, value);
        else
            report.Add(Place, value, $"is valid under none of the schemas, must be under {(exactlyOne ? "exactly" : "at least")} one");
    }

    /// <summary>How many schemas hold; no more are asked than needed.</summary>
    private int Count(ref Evaluation evaluation, int value)
    {
        var count = 0;
        foreach (var schema in schemas)
        {
            if (!schema.Holds(ref evaluation, value)) continue;
            count++;
            if (!exactlyOne || count > 1) break;
        }

        return count;
    }
}

/// <summary><c>not</c>.</summary>
internal sealed class NotKeyword(SchemaPlace place, SchemaNode schema) : Assertion(place, ValueKinds.All, "must not be valid under 'not'")
{
    public override bool Holds(ref Evaluation evaluation, int value) => !schema.Holds(ref evaluation, value);
}

/// <summary><c>if</c>, <c>then</c> and <c>else</c>.</summary>
internal sealed class ConditionKeyword(SchemaPlace place, SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : Keyword(place, ValueKinds.All)
{
    public override bool Holds(ref Evaluation evaluation, int value) => Branch(ref evaluation, value)?.Holds(ref evaluation, value) ?? true;

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value) =>
        Branch(ref evaluation, value)?.Explain(ref evaluation, report, value);

    private SchemaNode? Branch(ref Evaluation evaluation, int value) => condition.Holds(ref evaluation, value) ? then : otherwise;
}
