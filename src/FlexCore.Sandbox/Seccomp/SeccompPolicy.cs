namespace FlexCore.Sandbox.Seccomp;

/// <summary>
/// What a sandboxed program may not ask of the kernel: what namespaces do not confine (keyrings, vsock, terminals), what has been
/// a way out before, and what no data plugin needs. A deny-list, so that language runtimes of all kinds work.
/// </summary>
internal static class SeccompPolicy
{
    public const uint NoPermission = 1;
    public const uint NotImplemented = 38;
    public const uint NoSuchFamily = 97;

    private const uint NewNamespaces = 0x7E02_0000; // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
    private const uint SetIdBits = 0xC00; // S_ISUID, S_ISGID
    private const uint FamilyUnix = 1;
    private const uint FamilyInet = 2;
    private const uint FamilyInet6 = 10;
    private const uint FamilyNetlink = 16;
    private const uint Creates = 0x40_0040; // O_CREAT, __O_TMPFILE

    /// <summary>Answered "not implemented", which libraries take as an older kernel and do without.</summary>
    public static readonly string[] Absent =
    [
        "clone3", // Its flags lie in memory, where a filter cannot look.
        "openat2",
        "io_uring_setup", "io_uring_enter", "io_uring_register",
        "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "statmount", "listmount",
        "memfd_secret",
    ];

    /// <summary>Answered "not permitted".</summary>
    public static readonly string[] Denied =
    [
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp",
        "mount", "umount2", "pivot_root", "chroot", "unshare", "setns",
        "name_to_handle_at", "open_by_handle_at",
        "mknod", "mknodat", // FIFOs too: the host would wait forever when it reads one.
        "add_key", "request_key", "keyctl",
        "bpf", "perf_event_open", "userfaultfd", "fanotify_init", "fanotify_mark",
        "init_module", "finit_module", "delete_module", "create_module", "get_kernel_syms", "query_module",
        "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
        "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
        "syslog", "modify_ldt", "acct", "quotactl", "quotactl_fd", "sethostname", "setdomainname", "iopl", "ioperm",
        "nfsservctl", "vhangup", "lookup_dcookie", "uselib", "ustat", "sysfs", "_sysctl", "move_pages", "migrate_pages",
    ];

    /// <summary>Calls that are refused when all tests of a rule hold for their arguments.</summary>
    public static readonly ArgumentRule[] Arguments =
    [
        new("clone", NoPermission, ArgumentTest.AnyBit(0, NewNamespaces)),

        // Keystrokes for the terminal that started the runtime: TIOCSTI, TIOCLINUX, TIOCSETD. As everywhere only the lower half
        // of the argument counts; the kernel ignores the upper one too, and a filter that did not was bypassed (CVE-2019-10063).
        new("ioctl", NoPermission, ArgumentTest.OneOf(1, 0x5412, 0x541C, 0x5423)),

        // A file with such a bit in a folder of the host would belong to the folder's owner there: to root, even.
        new("chmod", NoPermission, ArgumentTest.AnyBit(1, SetIdBits)),
        new("fchmod", NoPermission, ArgumentTest.AnyBit(1, SetIdBits)),
        new("fchmodat", NoPermission, ArgumentTest.AnyBit(2, SetIdBits)),
        new("fchmodat2", NoPermission, ArgumentTest.AnyBit(2, SetIdBits)),
        new("creat", NoPermission, ArgumentTest.AnyBit(1, SetIdBits)),
        new("open", NoPermission, ArgumentTest.AnyBit(1, Creates), ArgumentTest.AnyBit(2, SetIdBits)),
        new("openat", NoPermission, ArgumentTest.AnyBit(2, Creates), ArgumentTest.AnyBit(3, SetIdBits)),

        // The plain ones, and the question which it is.
        new("personality", NoPermission, ArgumentTest.NoneOf(0, 0, 0x8, 0x2_0000, 0x2_0008, 0xFFFF_FFFF)),

        // Local and internet sockets, but no raw ones; of netlink only the part that lists network interfaces.
        new("socket", NoSuchFamily, ArgumentTest.NoneOf(0, FamilyUnix, FamilyInet, FamilyInet6, FamilyNetlink)),
        new("socket", NoSuchFamily, ArgumentTest.OneOf(0, FamilyNetlink), ArgumentTest.NoneOf(2, 0)),
        new("socket", NoPermission, ArgumentTest.NoneOf(0, FamilyNetlink), ArgumentTest.OneOf(1, 3, 10) with { Mask = 0xF }), // SOCK_RAW, SOCK_PACKET
    ];
}
