namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>What a value of an expression is.</summary>
internal enum ValueKind : byte
{
    /// <summary>There is none: the evaluation has said why.</summary>
    Problem,
    Null,
    Boolean,
    Number,
    Text,

    /// <summary>An object or an array.</summary>
    Container,
}

/// <summary>A value while a record is looked at: it points into the record, into scratch or into the expression, and owns nothing.</summary>
internal readonly ref struct Value
{
    private Value(ValueKind kind, ReadOnlySpan<byte> bytes, decimal computed = 0, string? field = null)
    {
        Kind = kind;
        Bytes = bytes;
        Computed = computed;
        Field = field;
    }

    public static Value Problem => default;

    public static Value Null => new(ValueKind.Null, "null"u8);

    public static Value True => new(ValueKind.Boolean, "true"u8);

    public static Value False => new(ValueKind.Boolean, "false"u8);

    public ValueKind Kind { get; }

    /// <summary>A text in UTF-8, unescaped; anything else as it stands in JSON. Empty for a number that was computed.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The number, where it was computed.</summary>
    public decimal Computed { get; }

    /// <summary>The field it comes from, for messages.</summary>
    public string? Field { get; }

    public bool IsNull => Kind == ValueKind.Null;

    public bool IsTrue => Kind == ValueKind.Boolean && Bytes.Length == 4;

    public bool IsComputed => Kind == ValueKind.Number && Bytes.IsEmpty;

    public static Value Boolean(bool value) => value ? True : False;

    public static Value Text(ReadOnlySpan<byte> text) => new(ValueKind.Text, text);

    /// <summary>A number by its digits, in JSON's grammar: nothing is lost as long as nobody counts with it.</summary>
    public static Value Number(ReadOnlySpan<byte> digits) => new(ValueKind.Number, digits);

    public static Value Number(decimal computed) => new(ValueKind.Number, default, computed);

    public static Value Container(ReadOnlySpan<byte> json) => new(ValueKind.Container, json);

    public Value Of(string field) => new(Kind, Bytes, Computed, field);

    /// <summary>What it is, never what it holds: records are personal.</summary>
    public string Describe() => Field is null ? Word(Kind) : $"{Word(Kind)} (field '{Field}')";

    public static string Word(ValueKind kind) => kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Boolean => "a boolean",
        ValueKind.Number => "a number",
        ValueKind.Text => "a text",
        _ => "an object or a list",
    };
}
