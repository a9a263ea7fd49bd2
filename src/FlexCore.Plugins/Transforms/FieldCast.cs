using System.Text;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>Makes a value one of another type, or says that it cannot: nothing is guessed, rounded or cut.</summary>
internal static class FieldCast
{
    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <summary>Casts a value.</summary>
    /// <param name="value">Any value; null stays null.</param>
    /// <param name="type">What it shall be.</param>
    /// <param name="scratch">Where new digits go.</param>
    /// <returns>The value, or <see cref="Value.Problem"/>.</returns>
    public static Value Apply(Value value, FieldType type, LineBuffer scratch) => value.Kind switch
    {
        ValueKind.Null => value,
        _ when type == FieldType.String => Value.Text(value.Bytes),
        ValueKind.Boolean => type == FieldType.Boolean ? value : Value.Problem,
        ValueKind.Number => FromNumber(value, type, scratch),
        ValueKind.Text when type == FieldType.Boolean => FromWord(value.Bytes.Trim(Blanks)),
        ValueKind.Text => value.Bytes.Trim(Blanks) is var digits && JsonNumber.IsNumber(digits) ? FromNumber(Value.Number(digits), type, scratch) : Value.Problem,
        _ => Value.Problem,
    };

    private static Value FromNumber(Value number, FieldType type, LineBuffer scratch)
    {
        if (type == FieldType.Number) return number;
        if (type == FieldType.Integer)
        {
            var start = scratch.Length;
            return JsonNumber.TryAppendInteger(number.Bytes, scratch) ? Value.Number(scratch.From(start)) : Value.Problem;
        }

        return JsonNumber.TryDecimal(number.Bytes, out var value) && value is 0 or 1 ? Value.Boolean(value == 1) : Value.Problem;
    }

    private static Value FromWord(ReadOnlySpan<byte> word)
    {
        if (Is(word, "true"u8) || Is(word, "1"u8) || Is(word, "yes"u8)) return Value.True;
        return Is(word, "false"u8) || Is(word, "0"u8) || Is(word, "no"u8) ? Value.False : Value.Problem;
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(word, expected);
}
