using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>minItems</c>, <c>maxItems</c>, <c>minProperties</c>, <c>maxProperties</c>.</summary>
internal sealed class CountKeyword(SchemaPlace place, int kinds, string message, long least, long most) : Assertion(place, kinds, message)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var count = evaluation.Document.Count(value);
        return count >= least && count <= most;
    }
}
