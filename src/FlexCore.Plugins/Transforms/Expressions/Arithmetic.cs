namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>One step of a chain: an operator and what stands to its right.</summary>
internal readonly record struct ArithmeticStep(char Operator, Expression Operand);

/// <summary><c>a + b - c</c> or <c>a * b / c</c>, from left to right, in decimals; null when anything is null.</summary>
internal sealed class ArithmeticChain(Expression first, ArithmeticStep[] steps) : Expression
{
    public override ValueKind? Kind => ValueKind.Number;

    public override Value Evaluate(Evaluation evaluation)
    {
        var sawNull = false;
        if (!TryRead(evaluation, first, ref sawNull, out var result)) return Value.Problem;
        foreach (var (@operator, operand) in steps)
        {
            if (!TryRead(evaluation, operand, ref sawNull, out var number)) return Value.Problem;
            if (sawNull) continue;
            if (@operator == '/' && number == 0) return evaluation.Fail("divides by zero");
            try
            {
                result = @operator switch
                {
                    '+' => result + number,
                    '-' => result - number,
                    '*' => result * number,
                    _ => result / number,
                };
            }
            catch (OverflowException)
            {
                return evaluation.Fail("the result does not fit into 28 digits");
            }
        }

        return sawNull ? Value.Null : Value.Number(result);
    }

    private static bool TryRead(Evaluation evaluation, Expression operand, ref bool sawNull, out decimal number)
    {
        number = 0;
        var value = operand.Evaluate(evaluation);
        sawNull |= value.IsNull;
        return value.IsNull || (value.Kind != ValueKind.Problem && evaluation.TryNumber(value, out number));
    }
}

/// <summary><c>-a</c>.</summary>
internal sealed class NegateExpression(Expression operand) : Expression
{
    public override ValueKind? Kind => ValueKind.Number;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.Kind is ValueKind.Null or ValueKind.Problem) return value;
        return evaluation.TryNumber(value, out var number) ? Value.Number(-number) : Value.Problem;
    }
}
