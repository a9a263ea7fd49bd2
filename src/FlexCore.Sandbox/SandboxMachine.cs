using FlexCore.Sandbox.Bubblewrap;
using FlexCore.Sandbox.Cgroups;
using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Mounts;
using FlexCore.Sandbox.Seccomp;
using FlexCore.Sandbox.Spawning;

namespace FlexCore.Sandbox;

/// <summary>What this machine offers, found out once, and how a sandbox is started with it.</summary>
internal sealed class SandboxMachine : IDisposable
{
    // Joins each group before anything else runs; a group that cannot be joined ends it, for nothing may run without its limits.
    private const string JoinGroups = "while [ \"$1\" != -- ]; do echo 0 > \"$1/cgroup.procs\" || exit 1; shift; done; shift; exec \"$@\"";

    private readonly TimeProvider _timeProvider;
    private readonly UidPool? _uids;

    private SandboxMachine(SandboxHostOptions options, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        BubblewrapPath = Programs.Find(options.BubblewrapPath);
        SetprivPath = Programs.Find("/usr/bin/setpriv");
        PrlimitPath = Programs.Find("/usr/bin/prlimit");
        Cgroups = CgroupTree.Find(options.CgroupRoot);
        if (Environment.IsPrivilegedProcess)
        {
            _uids = new UidPool(Path.Combine(options.RuntimeDirectory, "uids"));
            Mounts = new IdmappedMounts(Path.Combine(options.RuntimeDirectory, "mounts"), new UserNamespaces(Programs.Find("/usr/bin/unshare") ?? "unshare"));
        }
    }

    public string? BubblewrapPath { get; }

    public string? SetprivPath { get; }

    public string? PrlimitPath { get; }

    public Version? BubblewrapVersion { get; private set; }

    /// <summary>Null when limits are kept by rlimits and watching.</summary>
    public CgroupTree? Cgroups { get; }

    /// <summary>Null when the runtime is a normal user: then its plugins are that user.</summary>
    public IdmappedMounts? Mounts { get; }

    public SeccompArchitecture? Architecture { get; } = SeccompArchitectures.Current;

    private BubblewrapFeatures Features => new(
        CgroupNamespaces: File.Exists("/proc/self/ns/cgroup"),
        DisableUserNamespaces: BubblewrapVersion >= new Version(0, 8));

    public static async Task<SandboxMachine> InspectAsync(SandboxHostOptions options, TimeProvider timeProvider)
    {
        if (Environment.IsPrivilegedProcess)
        {
            // Others may pass through to what is theirs, and list nothing.
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.RuntimeDirectory)) ?? "/");
            Libc.MakeDirectory(options.RuntimeDirectory, Libc.OthersMayEnter);
        }

        var machine = new SandboxMachine(options, timeProvider);
        machine.Cgroups?.RemoveAbandoned();
        machine.Mounts?.RemoveAbandoned();
        if (machine.BubblewrapPath is { } path)
        {
            var words = (await Programs.RunAsync([path, "--version"]).ConfigureAwait(false)).Split(' ', StringSplitOptions.TrimEntries);
            machine.BubblewrapVersion = Version.TryParse(words[^1], out var version) ? version : null;
        }

        return machine;
    }

    /// <summary>Starts a program in a sandbox. What the sandbox has taken of the machine is given back at its end.</summary>
    public async Task<SandboxProcess> StartAsync(SandboxSpec spec)
    {
        if (BubblewrapPath is null || PrlimitPath is null || Architecture is not { } architecture || (_uids is not null && SetprivPath is null))
        {
            throw new SandboxUnavailableException("bubblewrap, prlimit and setpriv are needed.", "Install bubblewrap and util-linux.");
        }

        var steps = SandboxPaths.Plan(spec);
        var resources = new SandboxResources { Limits = Cgroups?.CreateGroup(spec.Limits) ?? (IResourceLimits)new WatchedLimits(spec.Limits) };
        try
        {
            resources.Uid = _uids?.Take();
            if (Mounts is not null && steps.Count > 0)
            {
                resources.Mounts = await Mounts.AttachAsync(steps, resources.Uid!.Uid).ConfigureAwait(false);
                steps = resources.Mounts.Steps;
            }

            using var arguments = new BubblewrapArguments();
            SandboxProfile.Write(arguments, spec, steps, Features, SeccompFilter.BuildBytes(architecture));
            return await SpawnAsync(spec, arguments, resources).ConfigureAwait(false);
        }
        catch
        {
            resources.Release();
            throw;
        }
    }

    public void Dispose() => Mounts?.Dispose();

    private async Task<SandboxProcess> SpawnAsync(SandboxSpec spec, BubblewrapArguments arguments, SandboxResources resources)
    {
        var pipes = new SandboxPipes();
        using var sealedArguments = arguments.Seal();
        try
        {
            int pid;
            using (pipes.ChildEnds)
            {
                InheritedDescriptor[] descriptors =
                [
                    .. pipes.ChildEnds.Descriptors,
                    new(sealedArguments, BubblewrapArguments.ArgumentsDescriptor),
                    .. arguments.Files,
                ];
                pid = await Spawner.StartAsync(CommandLine(spec, resources), descriptors).ConfigureAwait(false);
            }

            return new SandboxProcess(spec, new ChildProcess(pid), pipes, resources, _timeProvider);
        }
        catch
        {
            pipes.Dispose();
            throw;
        }
    }

    private List<string> CommandLine(SandboxSpec spec, SandboxResources resources)
    {
        var command = new List<string>();
        if (resources.Limits.Groups.Count > 0)
        {
            command.AddRange(["/bin/sh", "-c", JoinGroups, "flexcore", .. resources.Limits.Groups, "--"]);
        }

        // bubblewrap maps any uid inside to the uid it is started with. Started as root, its sandbox could write to
        // /proc/sys and make files of root, whatever the uid inside seems to be.
        if (resources.Uid is { } lease)
        {
            command.AddRange([SetprivPath!, $"--reuid={lease.Uid}", $"--regid={lease.Uid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]);
        }
        else if (Libc.GetEffectiveUserId() == 0)
        {
            throw new SandboxUnavailableException("A sandbox is never started with the host's uid 0.");
        }

        command.AddRange([BubblewrapPath!, "--args", $"{BubblewrapArguments.ArgumentsDescriptor}", "--"]);

        // The first program inside. Set outside, the limit of processes would count all those of a normal user.
        var openFiles = Math.Min((ulong)spec.Limits.OpenFiles, Libc.HardLimit(Libc.RLIMIT_NOFILE));
        command.AddRange([PrlimitPath!, "--core=0", $"--nofile={openFiles}", .. resources.Limits.ResourceOptions, "--", .. spec.Command]);
        return command;
    }
}
