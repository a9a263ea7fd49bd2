using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Patterns;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>properties</c>, <c>patternProperties</c>, <c>additionalProperties</c> and <c>required</c>, in one pass over the members.</summary>
internal sealed class MembersKeyword(MembersRules rules) : Keyword(rules.Place, ValueKinds.Object)
{
    private readonly NameTable _names = new([.. rules.Properties.Select(property => property.Name)]);
    private readonly SchemaNode?[] _schemas = [.. rules.Properties.Select(property => property.Schema)];
    private readonly bool[] _isRequired = [.. rules.Properties.Select(property => property.IsRequired)];
    private readonly int _required = rules.Properties.Count(property => property.IsRequired);
    private readonly (TextPattern Pattern, SchemaNode Schema)[] _patterns = [.. rules.Patterns];
    private readonly SchemaNode? _additional = rules.Additional;

    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var tape = evaluation.Document;
        var end = tape.After(value);
        var missing = _required;
        var guess = 0;
        for (var member = value + 1; member < end; member = tape.After(member + 1))
        {
            // Most objects have their members in the order of the schema.
            var slot = _names.Find(tape.Text(member), guess);
            if (slot >= 0)
            {
                guess = slot + 1;
                if (_isRequired[slot]) missing--;
            }

            if (slot >= 0 && _patterns.Length == 0 && _schemas[slot] is { } schema)
            {
                if (!schema.Holds(ref evaluation, member + 1)) return false;
            }
            else if ((_patterns.Length > 0 || _additional is not null) && !OthersHold(ref evaluation, member, slot))
            {
                return false;
            }
        }

        return missing == 0;
    }

    public override void Explain(ref Evaluation evaluation, ViolationReport report, int value)
    {
        var tape = evaluation.Document;
        for (var member = value + 1; member < tape.After(value) && !report.IsFull && !evaluation.IsOver; member = tape.After(member + 1))
        {
            evaluation.Current = this;
            foreach (var schema in SchemasOf(ref evaluation, member)) schema.Explain(ref evaluation, report, member + 1);
        }

        if (evaluation.IsOver) return;
        foreach (var property in rules.Properties.Where(property => property.IsRequired))
        {
            if (!evaluation.Spend(1 + tape.Count(value) / 8, value) || report.IsFull) return;
            if (tape.Find(value, property.Name) < 0) report.Add(rules.RequiredPlace, value, $"is missing '{property.Describe()}'");
        }
    }

    private bool OthersHold(ref Evaluation evaluation, int member, int slot)
    {
        var known = false;
        if (slot >= 0 && _schemas[slot] is { } schema)
        {
            known = true;
            if (!schema.Holds(ref evaluation, member + 1)) return false;
        }

        foreach (var (pattern, patternSchema) in _patterns)
        {
            evaluation.Current = this;
            if (!pattern.IsMatch(ref evaluation, member)) continue;
            known = true;
            if (!patternSchema.Holds(ref evaluation, member + 1)) return false;
        }

        return known || _additional is null || _additional.Holds(ref evaluation, member + 1);
    }

    private List<SchemaNode> SchemasOf(ref Evaluation evaluation, int member)
    {
        List<SchemaNode> schemas = [];
        var slot = _names.Find(evaluation.Document.Text(member), 0);
        if (slot >= 0 && _schemas[slot] is { } schema) schemas.Add(schema);
        foreach (var (pattern, patternSchema) in _patterns)
        {
            if (pattern.IsMatch(ref evaluation, member)) schemas.Add(patternSchema);
        }

        if (schemas.Count == 0 && _additional is not null) schemas.Add(_additional);
        return schemas;
    }
}

/// <summary>What <see cref="MembersKeyword"/> is made of.</summary>
/// <param name="Place">The schema it belongs to.</param>
/// <param name="RequiredPlace">Where <c>required</c> is written.</param>
/// <param name="Properties">Every name that is known or required.</param>
/// <param name="Patterns">Schemas by pattern.</param>
/// <param name="Additional">The schema of what is neither; null takes anything.</param>
internal sealed record MembersRules(
    SchemaPlace Place,
    SchemaPlace RequiredPlace,
    IReadOnlyList<MemberRule> Properties,
    IReadOnlyList<(TextPattern Pattern, SchemaNode Schema)> Patterns,
    SchemaNode? Additional);

/// <summary>One member of objects.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">Its schema; null when it is only required.</param>
/// <param name="IsRequired">Whether it must be there.</param>
internal sealed record MemberRule(byte[] Name, SchemaNode? Schema, bool IsRequired)
{
    /// <summary>The name, fit to show.</summary>
    public string Describe() => SchemaText.Show(Name);
}
