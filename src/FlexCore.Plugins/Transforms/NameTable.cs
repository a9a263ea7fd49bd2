using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Plugins.Transforms;

/// <summary>
/// Numbers by name, made once and asked for every field of every record. Its hash takes in the whole name and is seeded anew in
/// every process: a schema that comes from outside cannot make its names collide.
/// </summary>
internal sealed class NameTable
{
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

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

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Spread, out var low);
        return high ^ low;
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var mixed = Seed ^ (uint)name.Length;
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..]) mixed = Mix(mixed ^ BinaryPrimitives.ReadUInt64LittleEndian(name));
        ulong rest = 0;
        foreach (var code in name) rest = (rest << 8) | code;
        return (int)(Mix(mixed ^ rest) >> 33);
    }
}
