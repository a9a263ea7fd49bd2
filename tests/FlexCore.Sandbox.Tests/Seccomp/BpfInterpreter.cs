using FlexCore.Sandbox.Seccomp;

namespace FlexCore.Sandbox.Tests.Seccomp;

/// <summary>Runs a filter as the kernel would. It knows no more instructions than the filter needs and is strict about the rest.</summary>
internal static class BpfInterpreter
{
    public static uint Run(BpfInstruction[] program, uint architecture, uint number, params ulong[] arguments)
    {
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var instruction = program[at];
            switch (instruction.Code)
            {
                case BpfInstruction.LoadWord:
                    accumulator = Load(instruction.Operand, architecture, number, arguments);
                    break;
                case BpfInstruction.And:
                    accumulator &= instruction.Operand;
                    break;
                case BpfInstruction.JumpIfEqual:
                    at += accumulator == instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.JumpIfGreater:
                    at += accumulator > instruction.Operand ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.JumpIfAnyBit:
                    at += (accumulator & instruction.Operand) != 0 ? instruction.IfTrue : instruction.IfFalse;
                    break;
                case BpfInstruction.Return:
                    return instruction.Operand;
                default:
                    throw new InvalidOperationException($"Instruction {at} has the unknown code {instruction.Code:x}.");
            }
        }
    }

    private static uint Load(uint offset, uint architecture, uint number, ulong[] arguments)
    {
        if (offset < 16)
        {
            return offset switch { 0 => number, 4 => architecture, _ => throw new InvalidOperationException($"Offset {offset}.") };
        }

        (offset % 8).ShouldBe(0u, "only lower halves are looked at");
        var index = (int)((offset - 16) / 8);
        return index < arguments.Length ? (uint)arguments[index] : 0;
    }
}
