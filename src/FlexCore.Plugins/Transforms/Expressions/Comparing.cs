namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>How two values are compared.</summary>
internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary><c>a = b</c> and its kin: null when either is null.</summary>
internal sealed class ComparisonExpression(Comparison comparison, Expression left, Expression right) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        var first = left.Evaluate(evaluation);
        return first.Kind == ValueKind.Problem ? first : Comparing.Compare(evaluation, comparison, first, right.Evaluate(evaluation));
    }
}

/// <summary><c>a like 'pattern'</c>.</summary>
internal sealed class LikeExpression(Expression operand, LikePattern pattern, bool isNegated) : Expression
{
    public override ValueKind? Kind => ValueKind.Boolean;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.IsNull) return value;
        return evaluation.IsText(value, "like") ? Value.Boolean(pattern.IsMatch(value.Bytes) != isNegated) : Value.Problem;
    }
}

/// <summary>Compares values of one type; another type is a problem, never a silent no.</summary>
internal static class Comparing
{
    public static Value Compare(Evaluation evaluation, Comparison comparison, Value left, Value right)
    {
        if (left.Kind == ValueKind.Problem || right.Kind == ValueKind.Problem) return Value.Problem;
        if (left.IsNull || right.IsNull) return Value.Null;
        if (left.Kind != right.Kind) return evaluation.Fail($"compares {left.Describe()} with {right.Describe()}");
        switch (left.Kind)
        {
            case ValueKind.Boolean when comparison is Comparison.Equal or Comparison.NotEqual:
                return Decide(comparison, left.IsTrue == right.IsTrue ? 0 : 1);
            case ValueKind.Boolean:
                return evaluation.Fail("booleans can only be compared with = and !=");
            case ValueKind.Text when comparison is Comparison.Equal or Comparison.NotEqual:
                return Decide(comparison, left.Bytes.SequenceEqual(right.Bytes) ? 0 : 1);
            case ValueKind.Text:
                return Decide(comparison, left.Bytes.SequenceCompareTo(right.Bytes));
            default:
                return evaluation.TryNumber(left, out var first) && evaluation.TryNumber(right, out var second)
                    ? Decide(comparison, first.CompareTo(second))
                    : Value.Problem;
        }
    }

    private static Value Decide(Comparison comparison, int order) => Value.Boolean(comparison switch
    {
        Comparison.Equal => order == 0,
        Comparison.NotEqual => order != 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    });
}
