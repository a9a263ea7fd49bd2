using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>"type": "integer"</c>. In draft 4 it is how the number is written that counts, later what it is worth: 1.0 is whole.</summary>
internal sealed class WholeNumberKeyword(SchemaPlace place, string message, bool asWritten) : Assertion(place, ValueKinds.Number, message)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var text = evaluation.Document.Raw(value);
        if (text.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0) return true;
        if (asWritten) return false;
        return ExactNumber.TryRead(text, out var number) ? number.IsWhole : evaluation.Stop(ValueComparer.NumberTooLong, value);
    }
}

/// <summary><c>minimum</c>, <c>exclusiveMinimum</c>, <c>maximum</c>, <c>exclusiveMaximum</c>.</summary>
/// <param name="place">Where it is written.</param>
/// <param name="message">What the number must be.</param>
/// <param name="bound">What it is compared with.</param>
/// <param name="side">-1 for an upper bound, 1 for a lower one.</param>
/// <param name="isExclusive">Whether the bound itself is out.</param>
internal sealed class BoundKeyword(SchemaPlace place, string message, ExactNumber bound, int side, bool isExclusive)
    : Assertion(place, ValueKinds.Number, message)
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        if (!ExactNumber.TryRead(evaluation.Document.Raw(value), out var number)) return evaluation.Stop(ValueComparer.NumberTooLong, value);
        var order = number.Compare(bound) * side;
        return order > 0 || (order == 0 && !isExclusive);
    }
}

/// <summary><c>multipleOf</c>.</summary>
internal sealed class MultipleOfKeyword(SchemaPlace place, string message, ExactNumber divisor) : Assertion(place, ValueKinds.Number, message)
{
    public override bool Holds(ref Evaluation evaluation, int value) =>
        ExactNumber.TryRead(evaluation.Document.Raw(value), out var number)
            ? number.IsMultipleOf(divisor)
            : evaluation.Stop(ValueComparer.NumberTooLong, value);
}
