using System.Globalization;
using System.Net;

namespace FlexCore.Sandbox;

/// <summary>Where a <see cref="SandboxHost"/> keeps its working files and finds what it needs of the machine.</summary>
public sealed record SandboxHostOptions
{
    /// <summary>
    /// Folder for mount points and uid leases. Default: <c>/run/flexcore</c> for root, else <c>$XDG_RUNTIME_DIR/flexcore</c>,
    /// else <c>/tmp/flexcore-UID</c>. Of root's one, all parents must be open to all users (mode 0711 or more). All runtimes of one machine should share it: uids are unique among those that do.
    /// </summary>
    public string RuntimeDirectory { get; init; } = DefaultRuntimeDirectory();

    /// <summary>Where the cgroup file systems are mounted. A folder without any makes the limits fall back to rlimits and watching.</summary>
    public string CgroupRoot { get; init; } = "/sys/fs/cgroup";

    /// <summary>The bubblewrap program; looked up on <c>PATH</c> by its name when it does not exist.</summary>
    public string BubblewrapPath { get; init; } = "/usr/bin/bwrap";

    /// <summary>Looks up the addresses of a host that a sandbox was granted by its name. Default: as the host does.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    private static string DefaultRuntimeDirectory()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return "/run/flexcore";
        }

        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } directory
            ? Path.Combine(directory, "flexcore")
            : string.Create(CultureInfo.InvariantCulture, $"/tmp/flexcore-{Libc.GetEffectiveUserId()}");
    }
}
