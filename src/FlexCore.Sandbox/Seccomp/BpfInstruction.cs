using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Seccomp;

/// <summary>One instruction of classic BPF, in the kernel's own layout (<c>struct sock_filter</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
{
    public const ushort LoadWord = 0x20;
    public const ushort JumpIfEqual = 0x15;
    public const ushort JumpIfGreater = 0x25;
    public const ushort JumpIfAnyBit = 0x45;
    public const ushort And = 0x54;
    public const ushort Return = 0x06;

    /// <summary>Loads a word of <c>struct seccomp_data</c>.</summary>
    public static BpfInstruction Load(uint offset) => new(LoadWord, 0, 0, offset);

    public static BpfInstruction Mask(uint mask) => new(And, 0, 0, mask);

    public static BpfInstruction Result(uint action) => new(Return, 0, 0, action);

    /// <summary>Goes on with the next instruction if the loaded word passes, else skips some.</summary>
    public static BpfInstruction Unless(ushort test, uint operand, int skip) => new(test, 0, checked((byte)skip), operand);
}
