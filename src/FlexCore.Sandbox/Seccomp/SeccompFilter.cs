using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Seccomp;

/// <summary>Translates the policy into the classic BPF program that the kernel runs before each system call.</summary>
internal static class SeccompFilter
{
    public const uint Allow = 0x7FFF_0000;
    public const uint KillProcess = 0x8000_0000;
    public const uint Errno = 0x0005_0000;

    // Offsets in struct seccomp_data.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    public static BpfInstruction[] Build(SeccompArchitecture architecture, SandboxLevel level = SandboxLevel.Sandbox)
    {
        List<BpfInstruction> program =
        [
            // A process may enter the kernel by another architecture's door (int 0x80), where numbers mean other calls.
            BpfInstruction.Load(ArchitectureOffset),
            new(BpfInstruction.JumpIfEqual, 1, 0, (uint)architecture),
            BpfInstruction.Result(KillProcess),

            // This covers x32 as well: its numbers are all greater.
            BpfInstruction.Load(NumberOffset),
            BpfInstruction.Unless(BpfInstruction.JumpIfGreater, SyscallNumbers.LastKnown, 1),
            BpfInstruction.Result(Errno | SeccompPolicy.NotImplemented),
        ];
        Refuse(program, architecture, SeccompPolicy.Absent, SeccompPolicy.NotImplemented);
        var isConfinedByThisAlone = level == SandboxLevel.Process;
        Refuse(program, architecture, SeccompPolicy.Denied, SeccompPolicy.NoPermission);
        if (isConfinedByThisAlone) Refuse(program, architecture, ProcessPolicy.Denied, SeccompPolicy.NoPermission);
        foreach (var rule in (IEnumerable<ArgumentRule>)[.. SeccompPolicy.Arguments, .. isConfinedByThisAlone ? ProcessPolicy.Arguments : []])
        {
            if (SyscallNumbers.Find(rule.Call, architecture) is { } number)
            {
                program.AddRange(Compile(rule, number));
            }
        }

        program.Add(BpfInstruction.Result(Allow));
        return [.. program];
    }

    /// <summary>The program as the kernel and bubblewrap want it.</summary>
    public static byte[] BuildBytes(SeccompArchitecture architecture, SandboxLevel level = SandboxLevel.Sandbox) => MemoryMarshal.AsBytes<BpfInstruction>(Build(architecture, level)).ToArray();

    private static void Refuse(List<BpfInstruction> program, SeccompArchitecture architecture, string[] calls, uint error)
    {
        foreach (var call in calls)
        {
            if (SyscallNumbers.Find(call, architecture) is { } number)
            {
                program.Add(BpfInstruction.Unless(BpfInstruction.JumpIfEqual, number, 1));
                program.Add(BpfInstruction.Result(Errno | error));
            }
        }
    }

    /// <summary>From the end to the start, because a test that fails jumps over all that follows.</summary>
    private static List<BpfInstruction> Compile(ArgumentRule rule, uint number)
    {
        List<BpfInstruction> code = [BpfInstruction.Result(Errno | rule.Error)];
        foreach (var test in rule.Tests.Reverse())
        {
            code.InsertRange(0, Compile(test, code.Count));
        }

        return [BpfInstruction.Load(NumberOffset), BpfInstruction.Unless(BpfInstruction.JumpIfEqual, number, code.Count), .. code];
    }

    private static List<BpfInstruction> Compile(ArgumentTest test, int skip)
    {
        List<BpfInstruction> code = [BpfInstruction.Load(ArgumentsOffset + (8 * (uint)test.Argument))];
        if (test.Mask != uint.MaxValue)
        {
            code.Add(BpfInstruction.Mask(test.Mask));
        }

        for (var left = test.Values.Length - 1; left >= 0; left--)
        {
            var value = test.Values[test.Values.Length - 1 - left];
            code.Add(test.Kind switch
            {
                ArgumentTestKind.AnyBit => BpfInstruction.Unless(BpfInstruction.JumpIfAnyBit, value, skip),
                ArgumentTestKind.OneOf => new(BpfInstruction.JumpIfEqual, checked((byte)left), checked((byte)(left == 0 ? skip : 0)), value),
                _ => new(BpfInstruction.JumpIfEqual, checked((byte)(left + skip)), 0, value),
            });
        }

        return code;
    }
}
