using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Transforms;

/// <summary>What the schema of a record stream says about flattening its records.</summary>
/// <param name="Lifted">Fields whose own fields have become the record's: a null there is left out.</param>
/// <param name="Whole">Fields that may hold an object and have stayed as they are.</param>
internal sealed record StreamShape(NameTable Lifted, NameTable Whole)
{
    /// <summary>Of a stream whose schema has not come.</summary>
    public static StreamShape Unknown { get; } = new(new NameTable([]), new NameTable([]));
}

/// <summary>Puts the fields of a record into <see cref="RecordFields"/>, those of nested objects under composed names when the map flattens.</summary>
internal sealed class RecordLifter(MapPlan plan, RecordFields fields)
{
    private readonly byte[] _separator = System.Text.Encoding.UTF8.GetBytes(plan.Map.Flatten?.Separator ?? "");
    private readonly int _depth = plan.Map.Flatten?.Depth ?? 0;
    private readonly LiftedNames _names = new();
    private JsonTape _tape = new();
    private StreamShape _shape = StreamShape.Unknown;
    private int _limit;
    private bool _hasLifted;

    /// <summary>Loads a record.</summary>
    /// <returns>Why it cannot be mapped, or null.</returns>
    public string? Load(JsonTape tape, int record, StreamShape shape)
    {
        (_tape, _shape, _hasLifted) = (tape, shape, false);
        _limit = LiftedNames.MostBytes + (int)Math.Min(tape.Raw(record).Length * 2L, int.MaxValue / 2);
        var end = tape.After(record);
        for (var member = record + 1; member < end; member = tape.After(member + 1))
        {
            var name = tape.Text(member);
            var slot = plan.ByOriginalName.Find(name);
            if (_depth > 0 && IsTakenApart(name, member + 1, slot))
            {
                if (tape.Type(member + 1) == JsonTokenType.Null) continue;
                var start = fields.Scratch.Length;
                fields.Scratch.Append(name);
                if (Lift(member + 1, start, 1) is { } problem) return problem;
            }
            else if ((slot >= 0 || !plan.RemovesOthers) && !fields.TryAdd(member, slot))
            {
                return IsThereAlready(plan.Slots[slot].Name);
            }
        }

        return _hasLifted && _names.FindTwice(fields) is var twice and >= 0 ? IsThereAlready(fields.DisplayName(twice)) : null;
    }

    /// <summary>Lifts the members of an object whose name lies at the end of scratch.</summary>
    private string? Lift(int container, int prefixStart, int level)
    {
        var scratch = fields.Scratch;
        scratch.Append(_separator);
        var prefixLength = scratch.Length - prefixStart;
        var end = _tape.After(container);
        for (var member = container + 1; member < end; member = _tape.After(member + 1))
        {
            var start = scratch.Length;
            if (start + (long)prefixLength + _tape.Text(member).Length > _limit) return $"flatten: the names of lifted fields become longer than {LiftedNames.MostBytes / 1024 / 1024} MiB";
            scratch.Append(scratch.Slice(prefixStart, prefixLength));
            scratch.Append(_tape.Text(member));
            var slot = plan.ByOriginalName.Find(scratch.From(start));
            if (level < _depth && IsTakenApart(scratch.From(start), member + 1, slot))
            {
                if (_tape.Type(member + 1) != JsonTokenType.Null && Lift(member + 1, start, level + 1) is { } problem) return problem;
            }
            else if (slot >= 0 || !plan.RemovesOthers)
            {
                _hasLifted = true;
                if (!fields.TryAddLifted(start, scratch.Length - start, member + 1, slot)) return IsThereAlready(plan.Slots[slot].Name);
            }
        }

        return null;
    }

    /// <summary>An object is, unless a rule acts on it or the schema keeps it; so is a null where the schema has no such field any more.</summary>
    private bool IsTakenApart(ReadOnlySpan<byte> name, int value, int slot) =>
        _tape.Type(value) is var type && type is JsonTokenType.StartObject or JsonTokenType.Null
        && (slot < 0 || !plan.Slots[slot].StaysWhole)
        && (type == JsonTokenType.Null ? _shape.Lifted.Find(name) >= 0 : _shape.Whole.Find(name) < 0);

    private string IsThereAlready(string name) =>
        $"{(_depth > 0 ? "flatten, rename" : "rename")}: there are two fields '{Printable.Escape(name)}'";
}

/// <summary>Finds out whether a composed name is the name of another field.</summary>
internal sealed class LiftedNames
{
    /// <summary>How long all composed names of one record may become, beyond what grows with the record.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const int FewFields = 16;

    // Open addressing; a slot holds the number of a field, counted from 1.
    private int[] _slots = [];

    /// <summary>The second of two fields of one name, or -1.</summary>
    public int FindTwice(RecordFields fields) => fields.Count <= FewFields ? FindByPairs(fields) : FindByHash(fields);

    private static int FindByPairs(RecordFields fields)
    {
        for (var index = 1; index < fields.Count; index++)
        {
            var name = fields.Name(index);
            for (var earlier = 0; earlier < index; earlier++)
            {
                if (name.SequenceEqual(fields.Name(earlier))) return index;
            }
        }

        return -1;
    }

    private int FindByHash(RecordFields fields)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)fields.Count * 2);
        if (_slots.Length < size) _slots = new int[size];
        var slots = _slots.AsSpan(0, size);
        slots.Clear();
        for (var index = 0; index < fields.Count; index++)
        {
            var name = fields.Name(index);
            var hash = default(HashCode); // Seeded anew in every process: names cannot be made to collide.
            hash.AddBytes(name);
            var at = hash.ToHashCode() & (size - 1);
            while (slots[at] != 0)
            {
                if (fields.Name(slots[at] - 1).SequenceEqual(name)) return index;
                at = (at + 1) & (size - 1);
            }

            slots[at] = index + 1;
        }

        return -1;
    }
}
