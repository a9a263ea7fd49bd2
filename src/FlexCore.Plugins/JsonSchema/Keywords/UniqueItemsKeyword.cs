using System.Buffers;
using System.Numerics;
using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>uniqueItems</c>, in time that grows with the list.</summary>
internal sealed class UniqueItemsKeyword(SchemaPlace place) : Assertion(place, ValueKinds.Array, "must not hold the same item twice")
{
    public override bool Holds(ref Evaluation evaluation, int value)
    {
        var count = evaluation.Document.Count(value);
        if (count < 2) return true;

        // Open addressing: a slot is the index of an item, which is never 0, and its hash.
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)count * 2);
        var slots = ArrayPool<(int Item, int Hash)>.Shared.Rent(size);
        slots.AsSpan(0, size).Clear();
        var unique = AreUnique(ref evaluation, value, slots, size - 1);
        ArrayPool<(int Item, int Hash)>.Shared.Return(slots);
        return unique;
    }

    private static bool AreUnique(ref Evaluation evaluation, int value, (int Item, int Hash)[] slots, int mask)
    {
        var tape = evaluation.Document;
        for (var item = value + 1; item < tape.After(value); item = tape.After(item))
        {
            var hash = ValueComparer.Hash(ref evaluation, item);
            if (evaluation.IsOver) return false;
            var at = hash & mask;
            for (; slots[at].Item != 0; at = (at + 1) & mask)
            {
                if (slots[at].Hash == hash && ValueComparer.AreEqual(ref evaluation, item, tape, slots[at].Item)) return false;
            }

            slots[at] = (item, hash);
        }

        return true;
    }
}
