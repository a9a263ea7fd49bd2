using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Probing;

/// <summary>What an operator can do about what is missing.</summary>
internal static class Remedies
{
    public const string InstallBubblewrap = "Install bubblewrap: apt-get install bubblewrap, or dnf install bubblewrap.";
    public const string InstallUtilLinux = "Install util-linux: apt-get install util-linux, or dnf install util-linux.";
    public const string BreakOut = "Install what it takes where it could not be tried (apt-get install bash coreutils util-linux); where it succeeded, report it with the output of `flexcore doctor` and do not run plugins on this machine.";
    public const string InstallPython = "Install python3: apt-get install python3, or dnf install python3.";
    public const string NormalUser = "Run the runtime as a normal user (docker run --user): as root a plugin could enter no folder of root's under a uid of its own, and as root it would not be confined.";
    public const string Landlock = "Use Linux 6.12 or newer with Landlock switched on (CONFIG_SECURITY_LANDLOCK, and landlock in the kernel's lsm= list).";
    public const string ForSupervisor = "See its message; python3 has to come with ctypes (apt-get install python3, not python3-minimal).";
    public const string RuntimeDirectory = "Give root a folder on a writable file system as SandboxHostOptions.RuntimeDirectory.";
    public const string Architecture = "The system call filter exists for x86-64 and arm64 only.";
    public const string Kernel = "Use a kernel with namespaces of every kind (Linux 4.6 or newer).";
    public const string IdmappedMounts = "Keep the data on ext4, xfs, btrfs or tmpfs with Linux 5.12 or newer, or run the runtime as the normal user who owns it.";

    public const string NetworkGrants = "Run the runtime as root, or install python3 and util-linux (apt-get install python3 util-linux): with them a normal user can give plugins network.";

    private const string AppArmorProfile = """
        AppArmor keeps bubblewrap from making user namespaces (Ubuntu 23.10 and newer). As root, write this to /etc/apparmor.d/bwrap and run apparmor_parser -r /etc/apparmor.d/bwrap:
        abi <abi/4.0>,
        include <tunables/global>
        profile bwrap /usr/bin/bwrap flags=(unconfined) {
          userns,
          include if exists <local/bwrap>
        }
        """;

    /// <summary>Why a sandbox could not be set up, as far as the kernel's own switches tell.</summary>
    public static string ForSandbox(string? error)
    {
        if (ProcFile.Read("/proc/sys/kernel/unprivileged_userns_clone").Trim() == "0")
        {
            return "Allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1";
        }

        if (ProcFile.Read("/proc/sys/user/max_user_namespaces").Trim() == "0")
        {
            return "Allow user namespaces: sysctl -w user.max_user_namespaces=15000";
        }

        if (ProcFile.Read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").Trim() == "1")
        {
            return AppArmorProfile;
        }

        return error is null
            ? "Use a newer bubblewrap (0.8) and kernel (5.12)."
            : "In a container, allow what bubblewrap needs (docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined); elsewhere see its message.";
    }

    /// <summary>How to get limits that the kernel keeps.</summary>
    public static string ForLimits() => Environment.IsPrivilegedProcess
        ? "Mount control groups with the controllers memory and pids at /sys/fs/cgroup, writable for root."
        : "Start the runtime in a delegated group: systemd-run --user --scope -p Delegate=yes flexcore …";
}
