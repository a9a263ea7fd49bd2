using System.Buffers;
using System.Numerics;
using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.JsonSchema.Values;

/// <summary>Equality of JSON values as JSON Schema has it, and hashes that go with it: numbers by their size, objects without order.</summary>
internal static class ValueComparer
{
    public const string NumberTooLong = "has a number of more than 1,000 digits or with an exponent beyond 1,000,000,000, which cannot be compared";

    private const int FewMembers = 8;

    /// <summary>Whether a value of the document equals one of another document, or of the same.</summary>
    public static bool AreEqual(ref Evaluation evaluation, int value, JsonTape other, int otherValue)
    {
        if (!evaluation.Spend(1, value)) return false;
        var tape = evaluation.Document;
        switch (tape.Type(value))
        {
            case JsonTokenType.String or JsonTokenType.PropertyName:
                return IsText(other.Type(otherValue)) && tape.Text(value).SequenceEqual(other.Text(otherValue));
            case JsonTokenType.Number:
                return other.Type(otherValue) == JsonTokenType.Number && AreEqualNumbers(ref evaluation, value, other.Raw(otherValue));
            case JsonTokenType.StartArray:
                return other.Type(otherValue) == JsonTokenType.StartArray && AreEqualLists(ref evaluation, value, other, otherValue);
            case JsonTokenType.StartObject:
                if (other.Type(otherValue) != JsonTokenType.StartObject || tape.Count(value) != other.Count(otherValue)) return false;
                return AreEqualObjects(ref evaluation, value, other, otherValue);
            default:
                return tape.Type(value) == other.Type(otherValue);
        }
    }

    /// <summary>Seeded anew in every process: values cannot be made to collide.</summary>
    public static int Hash(ref Evaluation evaluation, int value)
    {
        if (!evaluation.Spend(1, value)) return 0;
        var tape = evaluation.Document;
        var type = tape.Type(value);
        switch (type)
        {
            case JsonTokenType.String or JsonTokenType.PropertyName:
                return Hash(tape.Text(value));
            case JsonTokenType.Number:
                if (ExactNumber.TryRead(tape.Raw(value), out var number)) return number.GetHashCode();
                evaluation.Stop(NumberTooLong, value);
                return 0;
            case JsonTokenType.StartArray:
                var list = new HashCode();
                for (var item = value + 1; item < tape.After(value); item = tape.After(item)) list.Add(Hash(ref evaluation, item));
                list.Add(tape.Count(value));
                return list.ToHashCode();
            case JsonTokenType.StartObject:
                var members = 0;
                for (var member = value + 1; member < tape.After(value); member = tape.After(member + 1))
                    members += HashCode.Combine(Hash(tape.Text(member)), Hash(ref evaluation, member + 1));
                return HashCode.Combine(type, members);
            default:
                return HashCode.Combine(type);
        }
    }

    /// <summary>The hash of a text.</summary>
    public static int Hash(ReadOnlySpan<byte> text)
    {
        var hash = default(HashCode);
        hash.AddBytes(text);
        return hash.ToHashCode();
    }

    private static bool IsText(JsonTokenType type) => type is JsonTokenType.String or JsonTokenType.PropertyName;

    private static bool AreEqualNumbers(ref Evaluation evaluation, int value, ReadOnlySpan<byte> other)
    {
        var text = evaluation.Document.Raw(value);
        if (text.SequenceEqual(other)) return true;
        return ExactNumber.TryRead(text, out var left) && ExactNumber.TryRead(other, out var right)
            ? left.Equals(right)
            : evaluation.Stop(NumberTooLong, value);
    }

    private static bool AreEqualLists(ref Evaluation evaluation, int value, JsonTape other, int otherValue)
    {
        var tape = evaluation.Document;
        if (tape.Count(value) != other.Count(otherValue)) return false;
        for (int item = value + 1, otherItem = otherValue + 1; item < tape.After(value); item = tape.After(item), otherItem = other.After(otherItem))
        {
            if (!AreEqual(ref evaluation, item, other, otherItem)) return false;
        }

        return true;
    }

    private static bool AreEqualObjects(ref Evaluation evaluation, int value, JsonTape other, int otherValue)
    {
        var tape = evaluation.Document;
        int[]? slots = null;
        if (tape.Count(value) > FewMembers) slots = Index(other, otherValue);
        var equal = true;
        for (var member = value + 1; equal && member < tape.After(value); member = tape.After(member + 1))
        {
            var found = slots is null ? other.Find(otherValue, tape.Text(member)) : Find(slots, other, tape.Text(member));
            equal = found >= 0 && AreEqual(ref evaluation, member + 1, other, found);
        }

        if (slots is not null) ArrayPool<int>.Shared.Return(slots);
        return equal;
    }

    /// <summary>Open addressing over the names of a large object; the first slot holds the mask, a name's index is never 0.</summary>
    private static int[] Index(JsonTape tape, int container)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)tape.Count(container) * 2);
        var slots = ArrayPool<int>.Shared.Rent(size + 1);
        slots.AsSpan(0, size + 1).Clear();
        slots[0] = size - 1;
        for (var member = container + 1; member < tape.After(container); member = tape.After(member + 1))
        {
            var at = Hash(tape.Text(member)) & (size - 1);
            while (slots[at + 1] != 0) at = (at + 1) & (size - 1);
            slots[at + 1] = member;
        }

        return slots;
    }

    private static int Find(int[] slots, JsonTape tape, ReadOnlySpan<byte> name)
    {
        var mask = slots[0];
        for (var at = Hash(name) & mask; slots[at + 1] != 0; at = (at + 1) & mask)
        {
            if (tape.Text(slots[at + 1]).SequenceEqual(name)) return slots[at + 1] + 1;
        }

        return -1;
    }
}
