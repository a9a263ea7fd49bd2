using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>items</c> and <c>additionalItems</c>.</summary>
/// <param name="place">Where it is written.</param>
/// <param name="first">Schemas of the first items, each its own.</param>
/// <param name="rest">Of all others; null takes anything.</param>
internal sealed class ItemsKeyword(SchemaPlace place, SchemaNode[] first, SchemaNode? rest) : Keyword(place, ValueKinds.Array)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var tape = evaluation.Document;
        var end = tape.After(value);
        var position = 0;
        for (var item = value + 1; item < end; item = tape.After(item), position++)
        {
            if (SchemaOf(position) is not { } schema) return true;
            if (!schema.Holds(ref evaluation, item)) return false;
        }

        return true;
    }

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        var tape = evaluation.Document;
        var position = 0;
        for (var item = value + 1; item < tape.After(value) && !report.IsFull; item = tape.After(item), position++)
            SchemaOf(position)?.Explain(ref evaluation, report, item);
    }

    private SchemaNode? SchemaOf(int position) => position < first.Length ? first[position] : rest;
}

/// <summary><c>contains</c>.</summary>
internal sealed class ContainsKeyword(SchemaPlace place, SchemaNode schema)
    : Assertion(place, ValueKinds.Array, "must hold at least one item that is valid under 'contains'")
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var tape = evaluation.Document;
        var end = tape.After(value);
        for (var item = value + 1; item < end && !evaluation.IsOver; item = tape.After(item))
        {
            if (schema.Holds(ref evaluation, item)) return true;
        }

        return false;
    }
}
