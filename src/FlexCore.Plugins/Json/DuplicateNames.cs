namespace FlexCore.Plugins.Json;

/// <summary>Finds a name that an object has twice, in time that grows with its members: objects of a million keys come from outside.</summary>
internal sealed class DuplicateNames
{
    private const int FewMembers = 8;

    // Open addressing; a slot holds the index of a name, or 0: the first token of a document is never a name.
    private int[] _slots = [];

    /// <summary>The second of two equal names, or -1.</summary>
    public int Find(JsonTape tape, int container)
    {
        var count = tape.Count(container);
        return count <= FewMembers ? FindByPairs(tape, container) : FindByHash(tape, container, count);
    }

    private static int FindByPairs(JsonTape tape, int container)
    {
        var end = tape.After(container);
        for (var member = container + 1; member < end; member = tape.After(member + 1))
        {
            for (var earlier = container + 1; earlier < member; earlier = tape.After(earlier + 1))
            {
                if (tape.Text(member).SequenceEqual(tape.Text(earlier))) return member;
            }
        }

        return -1;
    }

    private int FindByHash(JsonTape tape, int container, int count)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count * 2);
        if (_slots.Length < size) _slots = new int[size];
        var slots = _slots.AsSpan(0, size);
        slots.Clear();
        var end = tape.After(container);
        for (var member = container + 1; member < end; member = tape.After(member + 1))
        {
            var name = tape.Text(member);
            var hash = default(HashCode); // Seeded anew in every process: names cannot be made to collide.
            hash.AddBytes(name);
            var at = hash.ToHashCode() & (size - 1);
            while (slots[at] != 0)
            {
                if (tape.Text(slots[at]).SequenceEqual(name)) return member;
                at = (at + 1) & (size - 1);
            }

            slots[at] = member;
        }

        return -1;
    }
}
