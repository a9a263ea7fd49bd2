namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>
/// <c>a and b and c</c>, <c>a or b or c</c>, in SQL's three-valued logic. From left to right: what comes after the operand that decides is not
/// looked at, so that <c>kind = 'x' and total > 0</c> never counts with the total of another kind.
/// </summary>
internal sealed class LogicChain(bool deciding, Expression[] operands) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        var sawNull = false;
        foreach (var operand in operands)
        {
            var value = operand.Evaluate(evaluation);
            if (value.IsNull) sawNull = true;
            else if (value.Kind != ValueKind.Boolean) return Logic.FailFor(evaluation, value);
            else if (value.IsTrue == deciding) return value;
        }

        return sawNull ? Value.Null : Value.Boolean(!deciding);
    }
}

/// <summary><c>not a</c>.</summary>
internal sealed class NotExpression(Expression operand) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.IsNull) return value;
        return value.Kind == ValueKind.Boolean ? Value.Boolean(!value.IsTrue) : Logic.FailFor(evaluation, value);
    }
}

/// <summary><c>a is null</c>, <c>a is not null</c>: the only question that is never answered by null.</summary>
internal sealed class NullTest(Expression operand, bool isNegated) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        if (operand is FieldExpression field) return Value.Boolean(field.IsNull(evaluation) != isNegated);
        var value = operand.Evaluate(evaluation);
        return value.Kind == ValueKind.Problem ? value : Value.Boolean(value.IsNull != isNegated);
    }
}

/// <summary><c>a in (b, c)</c>, <c>a not in (b, c)</c>: null when nothing equals and something is null.</summary>
internal sealed class InExpression(Expression operand, Expression[] items, bool isNegated) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.Kind is ValueKind.Problem or ValueKind.Null) return value;
        var sawNull = false;
        foreach (var item in items)
        {
            var equal = Comparing.Compare(evaluation, Comparison.Equal, value, item.Evaluate(evaluation));
            if (equal.Kind == ValueKind.Problem) return equal;
            if (equal.IsTrue) return Value.Boolean(!isNegated);
            sawNull |= equal.IsNull;
        }

        return sawNull ? Value.Null : Value.Boolean(isNegated);
    }
}

/// <summary>What the operators of logic share.</summary>
internal static class Logic
{
    /// <summary>Says that a value is neither true nor false.</summary>
    public static Value FailFor(Evaluation evaluation, Value value) =>
        value.Kind == ValueKind.Problem ? value : evaluation.Fail($"wants true or false and got {value.Describe()}");
}
