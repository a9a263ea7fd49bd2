using FlexCore.Sandbox.Seccomp;

namespace FlexCore.Sandbox.Tests.Seccomp;

public sealed class SeccompFilterTests
{
    private const string Allowed = "allowed";
    private const string NoPermission = "EPERM";
    private const string NotImplemented = "ENOSYS";
    private const string NoSuchFamily = "EAFNOSUPPORT";
    private const string Killed = "killed";

    public static TheoryData<string> Architectures => ["X64", "Arm64"];

    /// <summary>Numbers are those of the kernel's own tables, written down a second time: x86-64 and arm64; -1 for none.</summary>
    public static TheoryData<string, int, int, ulong[], string> Calls => new()
    {
        { "read", 0, 63, [], Allowed },
        { "write", 1, 64, [], Allowed },
        { "execve", 59, 221, [], Allowed },
        { "futex", 202, 98, [], Allowed },
        { "memfd_create", 319, 279, [], Allowed },
        { "mseal, the last one known", 462, 462, [], Allowed },
        { "the first one unknown", 463, 463, [], NotImplemented },
        { "x32 ptrace", 0x40000000 + 521, 0x40000000 + 521, [], NotImplemented },
        { "ptrace", 101, 117, [], NoPermission },
        { "process_vm_readv", 310, 270, [], NoPermission },
        { "mount", 165, 40, [], NoPermission },
        { "unshare", 272, 97, [], NoPermission },
        { "setns", 308, 268, [], NoPermission },
        { "keyctl", 250, 219, [], NoPermission },
        { "bpf", 321, 280, [], NoPermission },
        { "userfaultfd", 323, 282, [], NoPermission },
        { "open_by_handle_at", 304, 265, [], NoPermission },
        { "mknodat", 259, 33, [], NoPermission },
        { "clone3", 435, 435, [], NotImplemented },
        { "openat2", 437, 437, [], NotImplemented },
        { "io_uring_setup", 425, 425, [], NotImplemented },
        { "mount_setattr", 442, 442, [], NotImplemented },
        { "clone of a thread", 56, 220, [0x3D0F00], Allowed },
        { "clone of a user namespace", 56, 220, [0x10000011], NoPermission },
        { "clone of a mount namespace", 56, 220, [0x20011], NoPermission },
        { "ioctl FIONREAD", 16, 29, [0, 0x541B], Allowed },
        { "ioctl TIOCSTI", 16, 29, [0, 0x5412], NoPermission },
        { "ioctl TIOCSTI with a bit above", 16, 29, [0, 0x1_0000_5412], NoPermission },
        { "ioctl TIOCLINUX", 16, 29, [0, 0x541C], NoPermission },
        { "ioctl TIOCSETD", 16, 29, [0, 0x5423], NoPermission },
        { "fchmod 0755", 91, 52, [3, 0x1ED], Allowed },
        { "fchmod 4755", 91, 52, [3, 0x9ED], NoPermission },
        { "fchmod 2755", 91, 52, [3, 0x5ED], NoPermission },
        { "fchmod 1777", 91, 52, [3, 0x3FF], Allowed },
        { "chmod 4755", 90, -1, [0, 0x9ED], NoPermission },
        { "fchmodat 4755", 268, 53, [0, 0, 0x9ED], NoPermission },
        { "fchmodat2 4755", 452, 452, [0, 0, 0x9ED], NoPermission },
        { "creat 4755", 85, -1, [0, 0x9ED], NoPermission },
        { "open to create 0644", 2, -1, [0, 0x41, 0x1A4], Allowed },
        { "open to create 4755", 2, -1, [0, 0x41, 0x9ED], NoPermission },
        { "openat to read, whatever lies in the mode", 257, 56, [0, 0, 0, 0x9ED], Allowed },
        { "openat to create 4755", 257, 56, [0, 0, 0x41, 0x9ED], NoPermission },
        { "openat of a nameless file 4755", 257, 56, [0, 0, 0x410001, 0x9ED], NoPermission },
        { "personality as it is", 135, 92, [0xFFFFFFFF], Allowed },
        { "personality without randomization", 135, 92, [0x40000], NoPermission },
        { "socket AF_UNIX", 41, 198, [1, 1, 0], Allowed },
        { "socket AF_INET", 41, 198, [2, 1 | 0x80000, 0], Allowed },
        { "socket AF_INET6, datagrams", 41, 198, [10, 2, 0], Allowed },
        { "socket AF_INET, raw", 41, 198, [2, 3, 1], NoPermission },
        { "socket AF_INET6, raw, close on exec", 41, 198, [10, 3 | 0x80000, 1], NoPermission },
        { "socket AF_NETLINK, route", 41, 198, [16, 3 | 0x80000, 0], Allowed },
        { "socket AF_NETLINK, audit", 41, 198, [16, 3, 9], NoSuchFamily },
        { "socket AF_PACKET", 41, 198, [17, 3, 0], NoSuchFamily },
        { "socket AF_ALG", 41, 198, [38, 5, 0], NoSuchFamily },
        { "socket AF_VSOCK", 41, 198, [40, 1, 0], NoSuchFamily },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Call_is_answered_as_the_policy_says(string call, int x64, int arm64, ulong[] arguments, string answer)
    {
        Answer(SeccompArchitecture.X64, x64, arguments).ShouldBe(answer, call);
        if (arm64 >= 0)
        {
            Answer(SeccompArchitecture.Arm64, arm64, arguments).ShouldBe(answer, call);
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Call_by_the_door_of_another_architecture_kills(string architecture)
    {
        const uint I386 = 0x40000003;
        var program = SeccompFilter.Build(Enum.Parse<SeccompArchitecture>(architecture));

        BpfInterpreter.Run(program, I386, 0).ShouldBe(SeccompFilter.KillProcess);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Program_is_one_that_the_kernel_takes(string architecture)
    {
        const int MaximumOfTheKernel = 4096;
        var program = SeccompFilter.Build(Enum.Parse<SeccompArchitecture>(architecture));

        program.Length.ShouldBeLessThan(MaximumOfTheKernel);
        program[^1].Code.ShouldBe(BpfInstruction.Return);
        for (var at = 0; at < program.Length; at++)
        {
            if (program[at].Code is BpfInstruction.JumpIfEqual or BpfInstruction.JumpIfGreater or BpfInstruction.JumpIfAnyBit)
            {
                (at + 1 + Math.Max(program[at].IfTrue, program[at].IfFalse)).ShouldBeLessThan(program.Length);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_call_named_by_the_policy_has_a_number_unless_the_architecture_lacks_it(string architecture)
    {
        string[] onlyOnX64 =
        [
            "chmod", "create_module", "creat", "get_kernel_syms", "ioperm", "iopl", "mknod", "modify_ldt", "open", "query_module", "sysfs", "_sysctl", "uselib", "ustat",
        ];
        var calls = SeccompPolicy.Absent.Concat(SeccompPolicy.Denied).Concat(SeccompPolicy.Arguments.Select(rule => rule.Call)).Distinct();

        var missing = calls.Where(call => SyscallNumbers.Find(call, Enum.Parse<SeccompArchitecture>(architecture)) is null);

        missing.ShouldBe(architecture == "X64" ? [] : onlyOnX64, ignoreOrder: true);
    }

    private static string Answer(SeccompArchitecture architecture, int number, ulong[] arguments) =>
        BpfInterpreter.Run(SeccompFilter.Build(architecture), (uint)architecture, (uint)number, arguments) switch
        {
            SeccompFilter.Allow => Allowed,
            SeccompFilter.Errno | 1 => NoPermission,
            SeccompFilter.Errno | 38 => NotImplemented,
            SeccompFilter.Errno | 97 => NoSuchFamily,
            SeccompFilter.KillProcess => Killed,
            var action => $"{action:x}",
        };
}
