namespace FlexCore.Sandbox.Seccomp;

/// <summary>Numbers of the system calls that the policy names. -1: the architecture has none.</summary>
internal static class SyscallNumbers
{
    /// <summary>The last system call known when the policy was written (mseal). What came later is answered "not implemented".</summary>
    public const uint LastKnown = 462;

    private static readonly Dictionary<string, (int X64, int Arm64)> Numbers = new(StringComparer.Ordinal)
    {
        ["ptrace"] = (101, 117),
        ["process_vm_readv"] = (310, 270),
        ["process_vm_writev"] = (311, 271),
        ["process_madvise"] = (440, 440),
        ["process_mrelease"] = (448, 448),
        ["pidfd_getfd"] = (438, 438),
        ["kcmp"] = (312, 272),
        ["mount"] = (165, 40),
        ["umount2"] = (166, 39),
        ["pivot_root"] = (155, 41),
        ["chroot"] = (161, 51),
        ["unshare"] = (272, 97),
        ["setns"] = (308, 268),
        ["name_to_handle_at"] = (303, 264),
        ["open_by_handle_at"] = (304, 265),
        ["mknod"] = (133, -1),
        ["mknodat"] = (259, 33),
        ["add_key"] = (248, 217),
        ["request_key"] = (249, 218),
        ["keyctl"] = (250, 219),
        ["bpf"] = (321, 280),
        ["perf_event_open"] = (298, 241),
        ["userfaultfd"] = (323, 282),
        ["fanotify_init"] = (300, 262),
        ["fanotify_mark"] = (301, 263),
        ["init_module"] = (175, 105),
        ["finit_module"] = (313, 273),
        ["delete_module"] = (176, 106),
        ["create_module"] = (174, -1),
        ["get_kernel_syms"] = (177, -1),
        ["query_module"] = (178, -1),
        ["kexec_load"] = (246, 104),
        ["kexec_file_load"] = (320, 294),
        ["reboot"] = (169, 142),
        ["settimeofday"] = (164, 170),
        ["clock_settime"] = (227, 112),
        ["clock_adjtime"] = (305, 266),
        ["adjtimex"] = (159, 171),
        ["syslog"] = (103, 116),
        ["modify_ldt"] = (154, -1),
        ["swapon"] = (167, 224),
        ["swapoff"] = (168, 225),
        ["acct"] = (163, 89),
        ["quotactl"] = (179, 60),
        ["quotactl_fd"] = (443, 443),
        ["sethostname"] = (170, 161),
        ["setdomainname"] = (171, 162),
        ["iopl"] = (172, -1),
        ["ioperm"] = (173, -1),
        ["nfsservctl"] = (180, 42),
        ["vhangup"] = (153, 58),
        ["lookup_dcookie"] = (212, 18),
        ["uselib"] = (134, -1),
        ["ustat"] = (136, -1),
        ["sysfs"] = (139, -1),
        ["_sysctl"] = (156, -1),
        ["move_pages"] = (279, 239),
        ["migrate_pages"] = (256, 238),
        ["clone3"] = (435, 435),
        ["io_uring_setup"] = (425, 425),
        ["io_uring_enter"] = (426, 426),
        ["io_uring_register"] = (427, 427),
        ["open_tree"] = (428, 428),
        ["move_mount"] = (429, 429),
        ["fsopen"] = (430, 430),
        ["fsconfig"] = (431, 431),
        ["fsmount"] = (432, 432),
        ["fspick"] = (433, 433),
        ["mount_setattr"] = (442, 442),
        ["memfd_secret"] = (447, 447),
        ["statmount"] = (457, 457),
        ["listmount"] = (458, 458),
        ["openat2"] = (437, 437),
        ["clone"] = (56, 220),
        ["ioctl"] = (16, 29),
        ["socket"] = (41, 198),
        ["personality"] = (135, 92),
        ["chmod"] = (90, -1),
        ["fchmod"] = (91, 52),
        ["fchmodat"] = (268, 53),
        ["fchmodat2"] = (452, 452),
        ["creat"] = (85, -1),
        ["open"] = (2, -1),
        ["openat"] = (257, 56),
    };

    /// <summary>The number of a call; null when the architecture does not have it.</summary>
    public static uint? Find(string name, SeccompArchitecture architecture)
    {
        var (x64, arm64) = Numbers[name];
        var number = architecture == SeccompArchitecture.X64 ? x64 : arm64;
        return number < 0 ? null : (uint)number;
    }
}
