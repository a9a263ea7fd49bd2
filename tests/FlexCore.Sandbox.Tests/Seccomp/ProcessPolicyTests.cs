using FlexCore.Sandbox.Seccomp;

namespace FlexCore.Sandbox.Tests.Seccomp;

/// <summary>What the filter of level <c>process</c> refuses beyond that of a sandbox.</summary>
public sealed class ProcessPolicyTests
{
    private const string Allowed = "allowed";
    private const string NoPermission = "EPERM";
    private const string NotSupported = "ENOTSUP";

    /// <summary>Numbers are those of the kernel's own tables, written down a second time: x86-64 and arm64; -1 for none. Last: the answer of the sandbox's own filter.</summary>
    public static TheoryData<string, int, int, ulong[], string, string> Calls => new()
    {
        { "read", 0, 63, [], Allowed, Allowed },
        { "ptrace", 101, 117, [], NoPermission, NoPermission },
        { "socket AF_UNIX", 41, 198, [1, 1, 0], NoPermission, Allowed },
        { "socket AF_INET", 41, 198, [2, 1, 0], NoPermission, Allowed },
        { "connect", 42, 203, [], NoPermission, Allowed },
        { "bind", 49, 200, [], NoPermission, Allowed },
        { "listen", 50, 201, [], NoPermission, Allowed },
        { "accept", 43, 202, [], NoPermission, Allowed },
        { "accept4", 288, 242, [], NoPermission, Allowed },
        { "socketpair, stream, close on exec", 53, 199, [1, 1 | 0x80000, 0], Allowed, Allowed },
        { "socketpair, seqpacket", 53, 199, [1, 5, 0], Allowed, Allowed },
        { "socketpair, datagrams", 53, 199, [1, 2, 0], NoPermission, Allowed },
        { "socketpair, raw", 53, 199, [1, 3, 0], NoPermission, Allowed },
        { "chmod 0644", 90, -1, [0, 0x1A4], NoPermission, Allowed },
        { "fchmod 0644", 91, 52, [3, 0x1A4], NoPermission, Allowed },
        { "fchmodat 0644", 268, 53, [0, 0, 0x1A4], NoPermission, Allowed },
        { "fchmodat2 0644", 452, 452, [0, 0, 0x1A4], NoPermission, Allowed },
        { "chown", 92, -1, [], NoPermission, Allowed },
        { "fchown", 93, 55, [], NoPermission, Allowed },
        { "lchown", 94, -1, [], NoPermission, Allowed },
        { "fchownat", 260, 54, [], NoPermission, Allowed },
        { "utime", 132, -1, [], NoPermission, Allowed },
        { "utimes", 235, -1, [], NoPermission, Allowed },
        { "futimesat", 261, -1, [], NoPermission, Allowed },
        { "utimensat", 280, 88, [], NoPermission, Allowed },
        { "truncate", 76, 45, [], NoPermission, Allowed },
        { "ftruncate", 77, 46, [], Allowed, Allowed },
        { "inotify_add_watch", 254, 27, [], NoPermission, Allowed },
        { "shmget", 29, 194, [], NoPermission, Allowed },
        { "shmat", 30, 196, [], NoPermission, Allowed },
        { "shmctl", 31, 195, [], NoPermission, Allowed },
        { "msgget", 68, 186, [], NoPermission, Allowed },
        { "msgsnd", 69, 189, [], NoPermission, Allowed },
        { "msgrcv", 70, 188, [], NoPermission, Allowed },
        { "msgctl", 71, 187, [], NoPermission, Allowed },
        { "semget", 64, 190, [], NoPermission, Allowed },
        { "semop", 65, 193, [], NoPermission, Allowed },
        { "semctl", 66, 191, [], NoPermission, Allowed },
        { "semtimedop", 220, 192, [], NoPermission, Allowed },
        { "mq_open", 240, 180, [], NoPermission, Allowed },
        { "mq_unlink", 241, 181, [], NoPermission, Allowed },
        { "prlimit64 of itself", 302, 261, [0, 7], Allowed, Allowed },
        { "prlimit64 of another", 302, 261, [4711, 7], NoPermission, Allowed },
        { "setpriority of itself", 141, 140, [0, 0, 5], Allowed, Allowed },
        { "setpriority of another", 141, 140, [0, 4711, 5], NoPermission, Allowed },
        { "setpriority of all of its user", 141, 140, [2, 0, 5], NoPermission, Allowed },
        { "ioprio_set of another", 251, 30, [1, 4711], NoPermission, Allowed },
        { "ioprio_set of all of its user", 251, 30, [3, 0], NoPermission, Allowed },
        { "sched_setaffinity of itself", 203, 122, [0], Allowed, Allowed },
        { "sched_setaffinity of another", 203, 122, [4711], NoPermission, Allowed },
        { "sched_setscheduler of another", 144, 119, [4711], NoPermission, Allowed },
        { "sched_setparam of another", 142, 118, [4711], NoPermission, Allowed },
        { "sched_setattr of another", 314, 274, [4711], NoPermission, Allowed },
        { "ioctl FIONREAD", 16, 29, [0, 0x541B], Allowed, Allowed },
        { "ioctl TIOCSTI", 16, 29, [0, 0x5412], NoPermission, NoPermission },
        { "ioctl FS_IOC_SETFLAGS", 16, 29, [0, 0x40086602], NoPermission, Allowed },
        { "setxattr", 188, 5, [], NotSupported, Allowed },
        { "lsetxattr", 189, 6, [], NotSupported, Allowed },
        { "fsetxattr", 190, 7, [], NotSupported, Allowed },
        { "getxattr", 191, 8, [], NotSupported, Allowed },
        { "lgetxattr", 192, 9, [], NotSupported, Allowed },
        { "fgetxattr", 193, 10, [], Allowed, Allowed },
        { "listxattr", 194, 11, [], NotSupported, Allowed },
        { "llistxattr", 195, 12, [], NotSupported, Allowed },
        { "removexattr", 197, 14, [], NotSupported, Allowed },
        { "lremovexattr", 198, 15, [], NotSupported, Allowed },
        { "fremovexattr", 199, 16, [], NotSupported, Allowed },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Call_is_answered_as_the_level_says(string call, int x64, int arm64, ulong[] arguments, string process, string sandbox)
    {
        Answer(SeccompArchitecture.X64, SandboxLevel.Process, x64, arguments).ShouldBe(process, call);
        Answer(SeccompArchitecture.X64, SandboxLevel.Sandbox, x64, arguments).ShouldBe(sandbox, call);
        if (arm64 < 0) return;
        Answer(SeccompArchitecture.Arm64, SandboxLevel.Process, arm64, arguments).ShouldBe(process, call);
        Answer(SeccompArchitecture.Arm64, SandboxLevel.Sandbox, arm64, arguments).ShouldBe(sandbox, call);
    }

    [Theory]
    [InlineData("X64")]
    [InlineData("Arm64")]
    public void Every_call_of_the_policy_is_tried_above(string architecture)
    {
        var numbers = ProcessPolicy.Denied.Concat(ProcessPolicy.Arguments.Select(rule => rule.Call)).Select(call => SyscallNumbers.Find(call, Enum.Parse<SeccompArchitecture>(architecture))).OfType<uint>();

        numbers.Select(number => (int)number).Except(Calls.Select(row => architecture == "X64" ? row.Data.Item2 : row.Data.Item3)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("X64")]
    [InlineData("Arm64")]
    public void Program_is_one_that_the_kernel_takes(string architecture)
    {
        const int MaximumOfTheKernel = 4096;

        SeccompFilter.Build(Enum.Parse<SeccompArchitecture>(architecture), SandboxLevel.Process).Length.ShouldBeLessThan(MaximumOfTheKernel);
    }

    private static string Answer(SeccompArchitecture architecture, SandboxLevel level, int number, ulong[] arguments) =>
        BpfInterpreter.Run(SeccompFilter.Build(architecture, level), (uint)architecture, (uint)number, arguments) switch
        {
            SeccompFilter.Allow => Allowed,
            SeccompFilter.Errno | 1 => NoPermission,
            SeccompFilter.Errno | 95 => NotSupported,
            var action => $"{action:x}",
        };
}
