using FlexCore.Domain;

namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>A node of an expression: made once, evaluated for each record without allocating.</summary>
internal abstract class Expression
{
    /// <summary>What its value is when it is not null; null where only a record can tell.</summary>
    public abstract ValueKind? Kind { get; }

    /// <summary>Its value for one record: never a container; a problem has been told to the evaluation.</summary>
    public abstract Value Evaluate(Evaluation evaluation);
}

/// <summary>A constant.</summary>
internal sealed class LiteralExpression(ValueKind kind, byte[] bytes) : Expression
{
    public override ValueKind? Kind => kind == ValueKind.Null ? null : kind;

    /// <summary>A text unescaped, a number by its digits.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    public override Value Evaluate(Evaluation evaluation) => kind switch
    {
        ValueKind.Text => Value.Text(bytes),
        ValueKind.Number => Value.Number(bytes),
        ValueKind.Boolean => Value.Boolean(bytes.Length == 4),
        _ => Value.Null,
    };
}

/// <summary>A field of the record; null when it is not there.</summary>
internal sealed class FieldExpression(string name, int slot) : Expression
{
    private readonly string _shown = Printable.Escape(name);

    public override ValueKind? Kind => null;

    public string Name => name;

    public override Value Evaluate(Evaluation evaluation)
    {
        var value = evaluation.Fields.ValueOf(slot);
        return value.Kind == ValueKind.Container
            ? evaluation.Fail($"field '{_shown}' is an object or a list: only 'is null' and 'is not null' can ask it")
            : value.Of(_shown);
    }

    /// <summary>Whether it is null, which may be asked of objects and arrays too.</summary>
    public bool IsNull(Evaluation evaluation) => evaluation.Fields.ValueOf(slot).IsNull;
}

/// <summary>One evaluation for one record: the fields, the scratch, and what has gone wrong.</summary>
internal sealed class Evaluation(RecordFields fields)
{
    private const int MostScratch = 16 * 1024 * 1024;

    private long _limit;

    public RecordFields Fields => fields;

    /// <summary>Why the last evaluation has no value.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins with a record of a length: texts that are made of it have a limit beyond that.</summary>
    public void Begin(int length) => (_limit, Failure) = (MostScratch + (2L * length), null);

    public Value Fail(string problem)
    {
        Failure ??= problem;
        return Value.Problem;
    }

    /// <summary>Whether so many more bytes may go to scratch.</summary>
    public bool HasRoom(int bytes) => fields.Scratch.Length + (long)bytes <= _limit;

    public Value FailForRoom() => Fail($"the text becomes longer than {MostScratch / 1024 / 1024} MiB");

    /// <summary>The number to count with.</summary>
    public bool TryNumber(Value value, out decimal number)
    {
        number = value.Computed;
        if (value.IsComputed) return true;
        if (value.Kind != ValueKind.Number) Fail($"counts with {value.Describe()}");
        else if (JsonNumber.TryDecimal(value.Bytes, out number)) return true;
        else Fail(value.Field is null ? "a number does not fit into 28 digits" : $"field '{value.Field}' is a number that does not fit into 28 digits");
        return false;
    }

    /// <summary>Whether a value is a text; null is told apart before.</summary>
    public bool IsText(Value value, string what)
    {
        if (value.Kind == ValueKind.Text) return true;
        if (value.Kind != ValueKind.Problem) Fail($"{what} wants a text and got {value.Describe()}");
        return false;
    }
}
