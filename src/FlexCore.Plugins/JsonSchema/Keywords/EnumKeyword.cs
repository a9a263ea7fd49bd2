using System.Numerics;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema.Compiling;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Keywords;

/// <summary><c>enum</c> and <c>const</c>. Few constants are tried one by one, many are found by hash.</summary>
internal sealed class EnumKeyword : Assertion
{
    private const int FewConstants = 8;

    private readonly JsonTape _schema;
    private readonly int[] _constants;
    private readonly int[] _slots = [];

    /// <param name="place">Where it is written.</param>
    /// <param name="message">What the value must be.</param>
    /// <param name="constants">The values in the schema.</param>
    /// <param name="hashes">A hash for each.</param>
    public EnumKeyword(SchemaPlace place, string message, IReadOnlyList<int> constants, IReadOnlyList<int> hashes)
        : base(place, ValueKinds.All, message)
    {
        _schema = place.Document.Tape;
        _constants = [.. constants];
        if (_constants.Length <= FewConstants) return;
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)_constants.Length * 2)];
        for (var i = 0; i < _constants.Length; i++)
        {
            var at = hashes[i] & (_slots.Length - 1);
            while (_slots[at] != 0) at = (at + 1) & (_slots.Length - 1);
            _slots[at] = _constants[i];
        }
    }

    public override bool Holds(ref Evaluation evaluation, int value)
    {
        if (_slots.Length == 0)
        {
            foreach (var constant in _constants)
            {
                if (ValueComparer.AreEqual(ref evaluation, value, _schema, constant)) return true;
            }

            return false;
        }

        for (var at = ValueComparer.Hash(ref evaluation, value) & (_slots.Length - 1); _slots[at] != 0; at = (at + 1) & (_slots.Length - 1))
        {
            if (ValueComparer.AreEqual(ref evaluation, value, _schema, _slots[at])) return true;
        }

        return false;
    }
}
