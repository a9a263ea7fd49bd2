using System.Buffers;
using System.Text;

namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary><c>a || b || c</c>: texts one after the other; numbers and booleans as they stand. Null when anything is null.</summary>
internal sealed class ConcatChain(Expression[] operands) : Expression
{
    public override ValueKind? Kind => ValueKind.Text;

    public override Value Evaluate(Evaluation evaluation)
    {
        var scratch = evaluation.Fields.Scratch;
        var (start, length, sawNull) = (scratch.Length, 0, false);
        foreach (var operand in operands)
        {
            var value = operand.Evaluate(evaluation);
            if (value.Kind == ValueKind.Problem) return value;
            sawNull |= value.IsNull;
            if (sawNull) continue;
            if (start + length != scratch.Length)
            {
                // The operand has left something in scratch: go on behind it.
                if (!evaluation.HasRoom(length)) return evaluation.FailForRoom();
                var moved = scratch.Length;
                scratch.Append(scratch.Slice(start, length));
                start = moved;
            }

            if (!evaluation.HasRoom(value.Bytes.Length)) return evaluation.FailForRoom();
            RecordFields.AppendText(scratch, value);
            length = scratch.Length - start;
        }

        return sawNull ? Value.Null : Value.Text(scratch.Slice(start, length));
    }
}

/// <summary><c>lower(a)</c>, <c>upper(a)</c>: code point by code point, by Unicode's simple mapping, in no language.</summary>
internal sealed class CaseExpression(Expression operand, bool toUpper) : Expression
{
    public override ValueKind? Kind => ValueKind.Text;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.IsNull) return value;
        if (!evaluation.IsText(value, toUpper ? "upper" : "lower")) return Value.Problem;
        var scratch = evaluation.Fields.Scratch;
        var start = scratch.Length;
        var text = value.Bytes;
        if (!evaluation.HasRoom(text.Length)) return evaluation.FailForRoom();
        var ascii = scratch.GetSpan(Math.Max(text.Length, 1));
        var status = toUpper ? Ascii.ToUpper(text, ascii, out var written) : Ascii.ToLower(text, ascii, out written);
        scratch.Advance(written);
        if (status != OperationStatus.Done && !TryAppendRunes(evaluation, text[written..])) return evaluation.FailForRoom();
        return Value.Text(scratch.From(start));
    }

    private bool TryAppendRunes(Evaluation evaluation, ReadOnlySpan<byte> text)
    {
        var scratch = evaluation.Fields.Scratch;
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var length);
            text = text[length..];
            if (!evaluation.HasRoom(length)) return false;
            var mapped = toUpper ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune);
            scratch.Advance(mapped.EncodeToUtf8(scratch.GetSpan(4)));
        }

        return true;
    }
}

/// <summary><c>trim(a)</c>: without blanks, tabs and line breaks on both ends.</summary>
internal sealed class TrimExpression(Expression operand) : Expression
{
    public override ValueKind? Kind => ValueKind.Text;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.IsNull) return value;
        return evaluation.IsText(value, "trim") ? Value.Text(value.Bytes.Trim(" \t\r\n"u8)) : Value.Problem;
    }
}

/// <summary><c>length(a)</c>: how many code points a text has.</summary>
internal sealed class LengthExpression(Expression operand) : Expression
{
    public override ValueKind? Kind => ValueKind.Number;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = operand.Evaluate(evaluation);
        if (value.IsNull) return value;
        return evaluation.IsText(value, "length") ? Value.Number((decimal)CodePoints.Count(value.Bytes)) : Value.Problem;
    }
}

/// <summary><c>coalesce(a, b, c)</c>: the first that is not null; those after it are not looked at.</summary>
internal sealed class CoalesceExpression(Expression[] operands) : Expression
{
    public override ValueKind? Kind { get; } = operands.Select(operand => operand.Kind).Distinct().Take(2).ToArray() is [{ } only] ? only : null;

    public IReadOnlyList<Expression> Operands => operands;

    public override Value Evaluate(Evaluation evaluation)
    {
        foreach (var operand in operands)
        {
            var value = operand.Evaluate(evaluation);
            if (!value.IsNull) return value;
        }

        return Value.Null;
    }
}
