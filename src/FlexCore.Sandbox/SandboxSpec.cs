namespace FlexCore.Sandbox;

/// <summary>A program to be run in a sandbox of its own, and all that it may see and use.</summary>
public sealed record SandboxSpec
{
    /// <summary>Where it runs, and at which level; from <see cref="SandboxHost.ReserveAsync"/> when it is not level <c>sandbox</c>.</summary>
    public SandboxPlace Place { get; init; } = SandboxPlace.Sandbox;

    /// <summary>A name for people; it is not unique and decides nothing.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The program and its arguments. A name without a slash is looked up in <c>/usr/bin</c> and <c>/bin</c> of the sandbox;
    /// one with a slash is relative to <see cref="WorkingDirectory"/>.
    /// </summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where the program starts, as a path inside the sandbox.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Variables beside the fixed <c>PATH</c>, <c>HOME</c>, <c>TMPDIR</c> and <c>LANG</c> and the memory hints for language runtimes, which they may replace.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Files and folders of the host that the program may see. Below level <c>sandbox</c> it sees them under their own paths.</summary>
    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    /// <summary>Private files, such as a configuration with secrets. They exist in memory only, and only in this sandbox; below level <c>sandbox</c>, in a folder that only the runtime's user can enter.</summary>
    public IReadOnlyList<SandboxFile> Files { get; init; } = [];

    /// <summary>
    /// Paths of the host that stay hidden although a mount contains them: each is covered by something empty and read-only.
    /// A mount that names something below a hidden path is still seen. What does not exist or lies in no mount is ignored.
    /// </summary>
    public IReadOnlyList<string> HiddenPaths { get; init; } = [];

    /// <summary>
    /// All that the program can connect to, by TCP: at most <see cref="SandboxEndpoint.MostPerSandbox"/> destinations. It finds them by their names, or at their addresses, as if
    /// it were on the host; nothing else of a network is there, and no other name is resolved.
    /// </summary>
    public IReadOnlyList<SandboxEndpoint> Network { get; init; } = [];

    /// <summary>
    /// Called at the end of each connection to a destination in <see cref="Network"/>, and for each that was refused, from any thread; the
    /// last time before <see cref="SandboxProcess.Completion"/>. It must not wait for anything: all connections would wait with it.
    /// </summary>
    public Action<SandboxConnection>? ConnectionEnded { get; init; }

    /// <summary>What the program may use.</summary>
    public SandboxLimits Limits { get; init; } = new();
}

/// <summary>A file or folder of the host seen in a sandbox.</summary>
/// <param name="HostPath">Where it is on the host.</param>
/// <param name="SandboxPath">Where the program sees it: an absolute path.</param>
/// <param name="Writable">Whether the program may change it.</param>
public sealed record SandboxMount(string HostPath, string SandboxPath, bool Writable);

/// <summary>A file that lies on a private tmpfs of the sandbox, readable by the program alone (mode 0400).</summary>
/// <param name="Path">An absolute path below <see cref="SandboxPlace.RunFolder"/>, such as <c>/run/flexcore/config.json</c>.</param>
/// <param name="Content">Its content.</param>
public sealed record SandboxFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>What one sandbox may use; all of its processes together unless said otherwise.</summary>
public sealed record SandboxLimits
{
    /// <summary>Memory, including what lies in the private <c>/tmp</c> and home.</summary>
    public long MemoryBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Processes and threads.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Open files of each process.</summary>
    public int OpenFiles { get; init; } = 256;

    /// <summary>Size of the private <c>/tmp</c>, and as much again for the home folder.</summary>
    public long TmpBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How many CPUs at once, on average over some 100 ms; null for as many as there are.</summary>
    public double? Cpus { get; init; }

    /// <summary>Bytes on standard output from its start to its end; null for any number.</summary>
    public long? OutputBytes { get; init; }

    /// <summary>Bytes on standard error from its start to its end; null for any number.</summary>
    public long? ErrorBytes { get; init; }

    /// <summary>A folder that must not grow beyond a size; null when none is watched.</summary>
    public SandboxDiskLimit? Disk { get; init; }

    /// <summary>How long it may run; null for ever.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>
    /// How long it may do nothing that shows: write nothing although somebody reads, and read nothing although something is there; null for ever. A program that waits for
    /// the runtime is not idle.
    /// </summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>Connections open at once, to all destinations together. One more is reset at once.</summary>
    public int Connections { get; init; } = 256;

    /// <summary>How long the program may take to end after it was asked to.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>How much a folder may hold while a program runs. It is looked at every 200 ms, so it can be more for as long.</summary>
/// <param name="Folder">A folder of the host.</param>
/// <param name="Bytes">The lengths of its files, and of each file and folder at least 4 KiB: so the number of them is limited too.</param>
public sealed record SandboxDiskLimit(string Folder, long Bytes);
