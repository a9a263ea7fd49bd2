using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>
/// The fields of one record while a map works on it: names and values stay where they are on the tape until a rule changes
/// them; what is made anew lies in scratch. Used again for the next record without allocating.
/// </summary>
internal sealed class RecordFields(MapPlan plan)
{
    private readonly int[] _bySlot = new int[plan.Slots.Length];
    private Field[] _fields = new Field[32];
    private JsonTape _tape = new();

    private enum Form : byte
    {
        /// <summary>The value stands on the tape.</summary>
        Tape,
        Null,
        True,
        False,

        /// <summary>Digits in scratch.</summary>
        Number,

        /// <summary>Unescaped text in scratch.</summary>
        Text,
    }

    /// <summary>Holds what rules make of a record; emptied for each.</summary>
    public LineBuffer Scratch { get; } = new();

    /// <summary>How many fields there are.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the record before.</summary>
    public void Begin(JsonTape tape)
    {
        _tape = tape;
        Count = 0;
        Scratch.Clear();
        _bySlot.AsSpan().Fill(-1);
    }

    /// <summary>Adds a field of the record under its own name.</summary>
    /// <param name="name">The name's token.</param>
    /// <param name="slot">Slot of the field, or -1 when no rule names it.</param>
    /// <returns>False when the slot is taken.</returns>
    public bool TryAdd(int name, int slot) => TryAdd(new Field { NameToken = name, Token = name + 1, Slot = slot });

    /// <summary>Adds a field whose name has been composed in scratch.</summary>
    public bool TryAddLifted(int nameStart, int nameLength, int token, int slot) =>
        TryAdd(new Field { NameToken = -1, NameStart = nameStart, NameLength = nameLength, Token = token, Slot = slot });

    /// <summary>Where the field of a slot is; -1 when the record has none.</summary>
    public int Find(int slot) => _bySlot[slot];

    /// <summary>The name under which the field will be written, unescaped.</summary>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref readonly var field = ref _fields[index];
        return field.Slot >= 0 ? plan.Slots[field.Slot].Utf8
            : field.NameToken >= 0 ? _tape.Text(field.NameToken)
            : Scratch.Slice(field.NameStart, field.NameLength);
    }

    /// <summary>The value of a slot's field; null when the record has none.</summary>
    public Value ValueOf(int slot) => Find(slot) is var index and >= 0 ? Value(index) : Expressions.Value.Null;

    /// <summary>The value of a field as rules see it.</summary>
    public Value Value(int index)
    {
        ref readonly var field = ref _fields[index];
        return field.Form switch
        {
            Form.Tape => OnTape(field.Token),
            Form.Null => Expressions.Value.Null,
            Form.True => Expressions.Value.True,
            Form.False => Expressions.Value.False,
            Form.Number => Expressions.Value.Number(Scratch.Slice(field.Start, field.Length)),
            _ => Expressions.Value.Text(Scratch.Slice(field.Start, field.Length)),
        };
    }

    /// <summary>Gives a field another value; texts and digits are copied to scratch.</summary>
    public void Set(int index, Value value)
    {
        ref var field = ref _fields[index];
        switch (value.Kind)
        {
            case ValueKind.Null: field.Form = Form.Null; break;
            case ValueKind.Boolean: field.Form = value.IsTrue ? Form.True : Form.False; break;
            case ValueKind.Text or ValueKind.Number:
                field.Start = Scratch.Length;
                AppendText(Scratch, value);
                field.Length = Scratch.Length - field.Start;
                field.Form = value.Kind == ValueKind.Text ? Form.Text : Form.Number;
                break;
            default: throw new ArgumentException("only a value that a field can hold", nameof(value));
        }
    }

    /// <summary>Gives a field the text that lies in scratch from <paramref name="start"/> to its end.</summary>
    public void SetText(int index, int start)
    {
        ref var field = ref _fields[index];
        (field.Form, field.Start, field.Length) = (Form.Text, start, Scratch.Length - start);
    }

    /// <summary>Gives the field of a slot a value; one that is not there comes last.</summary>
    public void SetSlot(int slot, Value value)
    {
        if (Find(slot) < 0) TryAdd(new Field { NameToken = -1, Slot = slot });
        Set(Find(slot), value);
    }

    /// <summary>Writes the record: every field that stays.</summary>
    public void Write(LineBuffer output)
    {
        var isFirst = true;
        output.Append((byte)'{');
        for (var index = 0; index < Count; index++)
        {
            ref readonly var field = ref _fields[index];
            if (field.Slot >= 0 ? plan.Slots[field.Slot].IsRemoved : plan.RemovesOthers) continue;
            if (!isFirst) output.Append((byte)',');
            isFirst = false;
            Write(in field, output);
        }

        output.Append((byte)'}');
    }

    /// <summary>Appends a value's text: digits for numbers, words for booleans.</summary>
    public static void AppendText(LineBuffer output, Value value)
    {
        if (value.IsComputed)
        {
            Utf8Formatter.TryFormat(value.Computed, output.GetSpan(32), out var written);
            output.Advance(written);
        }
        else
        {
            output.Append(value.Bytes);
        }
    }

    /// <summary>A name for a message.</summary>
    public string DisplayName(int index) => Encoding.UTF8.GetString(Name(index));

    private void Write(in Field field, LineBuffer output)
    {
        if (field.Slot >= 0)
        {
            output.Append(plan.Slots[field.Slot].JsonName);
        }
        else if (field.NameToken >= 0)
        {
            // No rule knows the field: its name and its value stay byte for byte, with what lies between them.
            var start = _tape.Start(field.NameToken) - _tape.Start(JsonTape.Root);
            var end = _tape.Start(field.Token) - _tape.Start(JsonTape.Root) + _tape.Raw(field.Token).Length;
            output.Append(_tape.Raw(JsonTape.Root)[start..end]);
            return;
        }
        else
        {
            JsonText.Append(output, Scratch.Slice(field.NameStart, field.NameLength));
            output.Append((byte)':');
        }

        switch (field.Form)
        {
            case Form.Tape: output.Append(_tape.Raw(field.Token)); break;
            case Form.Null: output.Append("null"u8); break;
            case Form.True: output.Append("true"u8); break;
            case Form.False: output.Append("false"u8); break;
            case Form.Number: output.Append(Scratch.Slice(field.Start, field.Length)); break;
            default: JsonText.Append(output, Scratch.Slice(field.Start, field.Length)); break;
        }
    }

    private Value OnTape(int token) => _tape.Type(token) switch
    {
        JsonTokenType.Null => Expressions.Value.Null,
        JsonTokenType.True => Expressions.Value.True,
        JsonTokenType.False => Expressions.Value.False,
        JsonTokenType.Number => Expressions.Value.Number(_tape.Raw(token)),
        JsonTokenType.String => Expressions.Value.Text(_tape.Text(token)),
        _ => Expressions.Value.Container(_tape.Raw(token)),
    };

    private bool TryAdd(in Field field)
    {
        if (field.Slot >= 0)
        {
            if (_bySlot[field.Slot] >= 0) return false;
            _bySlot[field.Slot] = Count;
        }

        if (Count == _fields.Length) Array.Resize(ref _fields, _fields.Length * 2);
        _fields[Count++] = field;
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Field
    {
        public Form Form;

        /// <summary>Its slot in the plan; -1 when no rule names it.</summary>
        public int Slot;

        /// <summary>On the tape; -1 for names that were composed or come from the plan.</summary>
        public int NameToken;

        /// <summary>A composed name in scratch.</summary>
        public int NameStart;
        public int NameLength;

        /// <summary>The value on the tape.</summary>
        public int Token;

        /// <summary>The value in scratch.</summary>
        public int Start;
        public int Length;
    }
}
