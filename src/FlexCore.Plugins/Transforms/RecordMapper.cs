using System.Buffers;
using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>What became of a record.</summary>
internal enum MapOutcome
{
    /// <summary>It has been written.</summary>
    Mapped,

    /// <summary><c>where</c> is not true for it.</summary>
    LeftOut,

    /// <summary>It does not fit the map.</summary>
    Problem,
}

/// <summary>
/// Runs one map at one place of one flow: rewrites the messages of the record streams that it applies to. Used by one thread.
/// A record costs no allocation; only problems and schemas do.
/// </summary>
internal sealed class RecordMapper : IDisposable
{
    private readonly MapPlan _plan;
    private readonly StreamPattern _stream;
    private readonly RecordFields _fields;
    private readonly RecordLifter _lifter;
    private readonly Evaluation _evaluation;
    private readonly FieldMasking _masking;
    private readonly StreamShapes _shapes = new();

    /// <summary>Compiles a map.</summary>
    /// <param name="map">What <see cref="RecordMapReader"/> has read.</param>
    /// <param name="maskKey">The project's key, for the mask <c>hmac</c>.</param>
    public RecordMapper(RecordMap map, ReadOnlyMemory<byte> maskKey)
    {
        _plan = new MapPlan(map);
        _stream = new StreamPattern(map.Stream);
        _fields = new RecordFields(_plan);
        _lifter = new RecordLifter(_plan, _fields);
        _evaluation = new Evaluation(_fields);
        _masking = new FieldMasking(maskKey);
    }

    /// <summary>The record stream that it is for, or the pattern of several.</summary>
    public string Stream => _plan.Map.Stream;

    /// <summary>Whether the map is for this record stream.</summary>
    public bool Applies(ReadOnlySpan<byte> stream) => _stream.IsMatch(stream);

    /// <summary>Rewrites a SCHEMA message.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="output">Where the rewritten line goes, without newline; nothing goes there when something is wrong.</param>
    /// <returns>Why the sync cannot go on, or null.</returns>
    public string? MapSchema(JsonTape message, IBufferWriter<byte> output)
    {
        var rewriter = new SchemaRewriter(_plan, isPattern: _stream.IsPattern);
        var problem = rewriter.Rewrite(message, output, out var shape);
        if (problem is null && _plan.Map.Flatten is not null) _shapes.Set(message, shape);
        return problem;
    }

    /// <summary>Rewrites a RECORD message; one that comes before its SCHEMA is mapped without knowing any types.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="output">Where the rewritten line goes, without newline; nothing goes there unless the record is mapped.</param>
    /// <param name="problem">Why it cannot be mapped: fields and rules, never values.</param>
    public MapOutcome MapRecord(JsonTape message, LineBuffer output, out string? problem)
    {
        var record = message.Find(JsonTape.Root, "record"u8);
        problem = Load(message, record) ?? Cast() ?? Derive();
        if (problem is not null) return MapOutcome.Problem;
        if (_plan.Where is { } where && !Passes(where, out problem)) return problem is null ? MapOutcome.LeftOut : MapOutcome.Problem;
        problem = Mask();
        if (problem is not null) return MapOutcome.Problem;
        Write(message, record, output);
        return MapOutcome.Mapped;
    }

    /// <inheritdoc/>
    public void Dispose() => _masking.Dispose();

    private string? Load(JsonTape message, int record)
    {
        if (record < 0 || message.Type(record) != JsonTokenType.StartObject) return "the record is not an object";
        _fields.Begin(message);
        _evaluation.Begin(message.Raw(record).Length);
        return _lifter.Load(message, record, _plan.Map.Flatten is null ? StreamShape.Unknown : _shapes.Find(message));
    }

    private bool Passes(Expression where, out string? problem)
    {
        problem = null;
        var value = where.Evaluate(_evaluation);
        if (value.Kind is ValueKind.Boolean or ValueKind.Null) return value.IsTrue;
        Logic.FailFor(_evaluation, value);
        problem = $"where: {_evaluation.Failure}";
        return false;
    }

    private string? Cast()
    {
        foreach (var (slot, type) in _plan.Casts)
        {
            if (_fields.Find(slot) is not (var index and >= 0)) continue;
            var value = _fields.Value(index);
            var cast = FieldCast.Apply(value, type, _fields.Scratch);
            if (cast.Kind == ValueKind.Problem) return $"cast: field '{Name(slot)}' is {Value.Word(value.Kind)} that cannot become {Word(type)}";
            _fields.Set(index, cast);
        }

        return null;
    }

    private string? Derive()
    {
        foreach (var (slot, expression) in _plan.Derived)
        {
            var value = expression.Evaluate(_evaluation);
            if (value.Kind != ValueKind.Problem && !_evaluation.HasRoom(value.Bytes.Length)) value = _evaluation.FailForRoom();
            if (value.Kind == ValueKind.Problem) return $"derive: field '{Name(slot)}': {_evaluation.Failure}";
            _fields.SetSlot(slot, value);
        }

        return null;
    }

    private string? Mask()
    {
        foreach (var (slot, mask) in _plan.Masks)
        {
            if (_fields.Find(slot) is var index and >= 0 && !_masking.TryApply(_fields, index, mask))
                return $"mask: field '{Name(slot)}' is an object or a list, which {(mask.Kind == MaskKind.Hmac ? "hmac" : "keep-last")} cannot hide";
        }

        return null;
    }

    /// <summary>Everything around the record stays byte for byte.</summary>
    private void Write(JsonTape message, int record, LineBuffer output)
    {
        var whole = message.Raw(JsonTape.Root);
        var start = message.Start(record) - message.Start(JsonTape.Root);
        output.Append(whole[..start]);
        _fields.Write(output);
        output.Append(whole[(start + message.Raw(record).Length)..]);
    }

    private string Name(int slot) => Printable.Escape(_plan.Slots[slot].Name);

    private static string Word(FieldType type) => type switch
    {
        FieldType.String => "a string",
        FieldType.Integer => "an integer",
        FieldType.Number => "a number",
        _ => "a boolean",
    };
}
