using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>propertyNames</c>: the names are values of their own.</summary>
internal sealed class PropertyNamesKeyword(SchemaPlace place, SchemaNode schema) : Keyword(place, ValueKinds.Object)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var tape = evaluation.Document;
        var end = tape.After(value);
        for (var member = value + 1; member < end; member = tape.After(member + 1))
        {
            if (!schema.Holds(ref evaluation, member)) return false;
        }

        return true;
    }

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        var tape = evaluation.Document;
        for (var member = value + 1; member < tape.After(value) && !report.IsFull; member = tape.After(member + 1))
            schema.Explain(ref evaluation, report, member);
    }
}

/// <summary>One entry of <c>dependencies</c>: an object that has one member must have others, or be valid under a schema.</summary>
/// <param name="place">Where it is written.</param>
/// <param name="name">The member.</param>
/// <param name="needed">What others it needs.</param>
/// <param name="schema">The schema; null when there is none.</param>
internal sealed class DependencyKeyword(SchemaPlace place, byte[] name, byte[][] needed, SchemaNode? schema) : Keyword(place, ValueKinds.Object)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        if (!Has(ref evaluation, value, name)) return true;
        foreach (var other in needed)
        {
            if (!Has(ref evaluation, value, other)) return false;
        }

        return schema?.Holds(ref evaluation, value) ?? true;
    }

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        if (!Has(ref evaluation, value, name)) return;
        foreach (var other in needed)
        {
            if (!Has(ref evaluation, value, other) && !evaluation.IsOver)
                report.Add(Place, value, $"is missing '{SchemaText.Show(other)}', which '{SchemaText.Show(name)}' needs");
        }

        schema?.Explain(ref evaluation, report, value);
    }

    private static bool Has(ref Evaluation evaluation, int value, byte[] name) =>
        evaluation.Spend(evaluation.Document.Count(value) / 8, value) && evaluation.Document.Find(value, name) >= 0;
}
