using System.Numerics;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary>Finds the position of a name among fixed ones.</summary>
internal sealed class NameTable
{
    private const int FewNames = 8;

    private readonly byte[][] _names;

    // Open addressing; a slot holds a position and one more, 0 is empty.
    private readonly int[] _slots = [];

    public NameTable(byte[][] names)
    {
        _names = names;
        if (names.Length <= FewNames) return;
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)names.Length * 2)];
        for (var i = 0; i < names.Length; i++)
        {
            var at = ValueComparer.Hash(names[i]) & (_slots.Length - 1);
            while (_slots[at] != 0) at = (at + 1) & (_slots.Length - 1);
            _slots[at] = i + 1;
        }
    }

    /// <summary>The position of a name, or -1.</summary>
    /// <param name="name">The name.</param>
    /// <param name="guess">Where it is likely to be.</param>
    public int Find(ReadOnlySpan<byte> name, int guess)
    {
        var names = _names;
        if ((uint)guess < (uint)names.Length && name.SequenceEqual(names[guess])) return guess;
        if (_slots.Length > 0) return FindByHash(name);
        for (var i = 0; i < names.Length; i++)
        {
            if (name.SequenceEqual(names[i])) return i;
        }

        return -1;
    }

    private int FindByHash(ReadOnlySpan<byte> name)
    {
        for (var at = ValueComparer.Hash(name) & (_slots.Length - 1); _slots[at] != 0; at = (at + 1) & (_slots.Length - 1))
        {
            if (name.SequenceEqual(_names[_slots[at] - 1])) return _slots[at] - 1;
        }

        return -1;
    }
}
