namespace FlexCore.Sandbox.Seccomp;

/// <summary>Refuses a call with an error when all tests hold.</summary>
internal sealed record ArgumentRule(string Call, uint Error, params ArgumentTest[] Tests);

internal enum ArgumentTestKind
{
    AnyBit,
    OneOf,
    NoneOf,
}

/// <summary>Looks at the lower 32 bits of one argument of a call.</summary>
internal sealed record ArgumentTest(ArgumentTestKind Kind, int Argument, uint[] Values)
{
    /// <summary>The bits of the argument that are compared.</summary>
    public uint Mask { get; init; } = uint.MaxValue;

    public static ArgumentTest AnyBit(int argument, uint bits) => new(ArgumentTestKind.AnyBit, argument, [bits]);

    public static ArgumentTest OneOf(int argument, params uint[] values) => new(ArgumentTestKind.OneOf, argument, values);

    public static ArgumentTest NoneOf(int argument, params uint[] values) => new(ArgumentTestKind.NoneOf, argument, values);
}
