namespace FlexCore.Sandbox.Seccomp;

/// <summary>
/// What a program without namespaces may not ask of the kernel either: what namespaces would have given it one of its own of (sockets, System V memory, other processes),
/// and what changes a file although Landlock lets it only be read.
/// </summary>
internal static class ProcessPolicy
{
    private const uint NoPermission = SeccompPolicy.NoPermission;
    private const uint NotSupported = 95;
    private const uint SocketStream = 1;
    private const uint SocketSequence = 5;

    /// <summary>Answered "not permitted".</summary>
    public static readonly string[] Denied =
    [
        // No socket but pairs: no UDP, no vsock, and no path or abstract name that somebody listens at, such as docker.sock.
        "socket", "connect", "bind", "listen", "accept", "accept4",

        // Landlock does not look at these (landlock(7)), and whoever owns a file may do them, through a descriptor that is read-only too.
        "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat", "utimensat",
        "truncate", // Only from its third version on.
        "inotify_add_watch", // It would tell the names in folders that cannot be read.

        // Those of the host.
        "shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semtimedop", "semctl", "mq_open", "mq_unlink",
    ];

    /// <summary>Calls that are refused when all tests of a rule hold for their arguments.</summary>
    public static readonly ArgumentRule[] Arguments =
    [
        // A pair of stream sockets stays one. A datagram socket can be made to send to any name.
        new("socketpair", NoPermission, ArgumentTest.NoneOf(1, SocketStream, SocketSequence) with { Mask = 0xF }),

        // Only its own limits, priority and processors, not those of others of its user.
        new("prlimit64", NoPermission, ArgumentTest.NoneOf(0, 0)),
        new("setpriority", NoPermission, ArgumentTest.NoneOf(1, 0)),
        new("setpriority", NoPermission, ArgumentTest.OneOf(0, 2)), // PRIO_USER
        new("ioprio_set", NoPermission, ArgumentTest.NoneOf(1, 0)),
        new("ioprio_set", NoPermission, ArgumentTest.OneOf(0, 3)), // IOPRIO_WHO_USER
        new("sched_setaffinity", NoPermission, ArgumentTest.NoneOf(0, 0)),
        new("sched_setscheduler", NoPermission, ArgumentTest.NoneOf(0, 0)),
        new("sched_setparam", NoPermission, ArgumentTest.NoneOf(0, 0)),
        new("sched_setattr", NoPermission, ArgumentTest.NoneOf(0, 0)),

        // FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR
        new("ioctl", NoPermission, ArgumentTest.OneOf(1, 0x4008_6602, 0x4004_6602, 0x401C_5820)),

        // As a file system without them answers: programs that copy files are used to it. Reading them is not confined by Landlock either.
        .. from call in (string[])
           [
               "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "getxattr", "lgetxattr", "listxattr", "llistxattr",
           ]
           select new ArgumentRule(call, NotSupported),
    ];
}
