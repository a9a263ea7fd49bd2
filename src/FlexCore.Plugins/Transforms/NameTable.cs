using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace FlexCore.Plugins.Transforms;

/// <summary>
/// Numbers by name, made once and asked for every field of every record. Its hash is quick rather than strong: the names in it
/// come from the operator or from a schema, and how long one question takes is bounded by them alone.
/// </summary>
internal sealed class NameTable
{
    private readonly byte[]?[] _names;
    private readonly int[] _values;
    private readonly int _mask;

    public NameTable(IReadOnlyCollection<KeyValuePair<string, int>> entries)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries.Count * 2, 4));
        (_names, _values, _mask) = (new byte[size][], new int[size], size - 1);
        foreach (var (name, value) in entries)
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            var at = Hash(bytes) & _mask;
            while (_names[at] is not null) at = (at + 1) & _mask;
            (_names[at], _values[at]) = (bytes, value);
        }
    }

    /// <summary>The number of a name, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (var at = Hash(name) & _mask; _names[at] is { } known; at = (at + 1) & _mask)
        {
            if (name.SequenceEqual(known)) return _values[at];
        }

        return -1;
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        ulong mixed = (uint)name.Length;
        if (name.Length >= sizeof(ulong))
        {
            mixed ^= BinaryPrimitives.ReadUInt64LittleEndian(name) ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(name[^sizeof(ulong)..]), 29);
        }
        else
        {
            foreach (var code in name) mixed = (mixed << 8) | code;
        }

        return (int)((mixed * 0x9E37_79B9_7F4A_7C15) >> 33);
    }
}
