using System.Text;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>A field that some rule names, under its new name.</summary>
/// <param name="Name">The name, as messages say it.</param>
/// <param name="Utf8">The name, unescaped.</param>
/// <param name="JsonName">What is written before its value: quotes, name, colon.</param>
/// <param name="StaysWhole">Whether a rule acts on the field as it is, so that flattening must not take it apart.</param>
/// <param name="IsRemoved">Whether select or drop take it away.</param>
internal sealed record Slot(string Name, byte[] Utf8, byte[] JsonName, bool StaysWhole, bool IsRemoved);

/// <summary>
/// A map compiled: names are slots, expressions are trees. Holds nothing of any record. Its lists are arrays, because to go
/// through anything else by its interface would allocate for each record.
/// </summary>
internal sealed class MapPlan
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly FieldNaming _naming;

    /// <summary>Compiles a map that <see cref="RecordMapReader"/> has found good.</summary>
    /// <param name="map">The map.</param>
    /// <param name="naming">How its expressions name fields.</param>
    public MapPlan(RecordMap map, FieldNaming naming = FieldNaming.Plain)
    {
        (Map, _naming) = (map, naming);
        foreach (var name in map.Rename.Values) SlotOf(name);
        Casts = [.. map.Cast.Select(cast => (SlotOf(cast.Key), cast.Value))];
        Derived = [.. map.Derive.Select(derived => (SlotOf(derived.Key), Compile(derived.Value)))];
        Where = map.Where is null ? null : Compile(map.Where);
        Masks = [.. map.Mask.Select(mask => (SlotOf(mask.Key), mask.Value))];
        foreach (var name in map.Select.Concat(map.Drop)) SlotOf(name);

        Slots = [.. _slots.OrderBy(slot => slot.Value).Select(slot => Describe(slot.Key))];
        ByOriginalName = new NameTable(
            [.. _slots.Where(slot => !map.Rename.ContainsKey(slot.Key)), .. map.Rename.Select(rename => KeyValuePair.Create(rename.Key, _slots[rename.Value]))]);
    }

    public RecordMap Map { get; }

    public Slot[] Slots { get; }

    /// <summary>The slot of a field by the name that it has before it is renamed.</summary>
    public NameTable ByOriginalName { get; }

    public (int Slot, FieldType Type)[] Casts { get; }

    /// <summary>In the order of the file.</summary>
    public (int Slot, Expression Expression)[] Derived { get; }

    public Expression? Where { get; }

    public (int Slot, FieldMask Mask)[] Masks { get; }

    /// <summary>Whether fields that no rule names go: there is a select.</summary>
    public bool RemovesOthers => Map.Select.Count > 0;

    /// <summary>Whether flattening leaves an object of this name as it is, because a rule acts on it.</summary>
    public bool StaysWhole(string originalName)
    {
        return _slots.TryGetValue(Map.Rename.GetValueOrDefault(originalName, originalName), out var slot)
            && (Map.Rename.ContainsKey(originalName) || !Map.Rename.ContainsKey(Slots[slot].Name))
            && Slots[slot].StaysWhole;
    }

    private Slot Describe(string name)
    {
        var json = new LineBuffer();
        var utf8 = Encoding.UTF8.GetBytes(name);
        JsonText.Append(json, utf8);
        json.Append((byte)':');
        var isSelected = Map.Select.Contains(name, StringComparer.Ordinal);
        var isDropped = Map.Drop.Contains(name, StringComparer.Ordinal);
        var isActedOn = isSelected || isDropped || Map.Cast.ContainsKey(name) || Map.Mask.ContainsKey(name) || Map.Rename.Values.Contains(name, StringComparer.Ordinal);
        return new Slot(name, utf8, json.Memory.ToArray(), isActedOn, isDropped || (RemovesOthers && !isSelected));
    }

    private int SlotOf(string name)
    {
        if (!_slots.TryGetValue(name, out var slot)) _slots.Add(name, slot = _slots.Count);
        return slot;
    }

    private Expression Compile(string text) =>
        Parser.TryParse(text, SlotOf, out var expression, out var problem, _naming) ? expression : throw new ArgumentException($"the expression {problem}", nameof(text));
}
