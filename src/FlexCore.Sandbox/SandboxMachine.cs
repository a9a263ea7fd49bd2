using System.Net;
using FlexCore.Sandbox.Bubblewrap;
using FlexCore.Sandbox.Cgroups;
using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Mounts;
using FlexCore.Sandbox.Network;
using FlexCore.Sandbox.Pipes;
using FlexCore.Sandbox.Seccomp;
using FlexCore.Sandbox.Spawning;
using FlexCore.Sandbox.Supervision;

namespace FlexCore.Sandbox;

/// <summary>What this machine offers, found out once, and how a sandbox is started with it.</summary>
internal sealed class SandboxMachine : IDisposable
{
    // Joins the groups before anything else runs; one that cannot be joined ends it, for nothing may run without its limits.
    private const string JoinGroups = "while [ \"$1\" != -- ]; do echo 0 > \"$1\" || exit 1; shift; done; shift; exec \"$@\"";

    // What the first program inside does after it has set the limits: it begins when the runtime knows the sandbox and so can end
    // it, and puts the plugin's input and output where they belong. If the runtime was killed before, bubblewrap may not have bound
    // the sandbox's life to it yet; then there is nothing to read, and this ends.
    private const string Begin = " && read -r begin <&5 || exit 1; exec \"$@\" <&3 >&4 3<&- 4>&- 5<&-";

    // The supervisor has done all that before.
    private const string BeginAtOnce = " && exec \"$@\"";

    // Enough for a program that keeps a key out of swap, whatever a service manager has given the runtime.
    private const ulong LockedMemoryKibibytes = 64;

    private readonly TimeProvider _timeProvider;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly UidPool? _uids;
    private readonly byte[] _seccompFilter;

    private SandboxMachine(SandboxHostOptions options, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _resolve = options.Resolve;
        RuntimeDirectory = options.RuntimeDirectory;
        BubblewrapPath = Programs.Find(options.BubblewrapPath);
        SetprivPath = Programs.Find("/usr/bin/setpriv");
        _seccompFilter = Architecture is { } architecture ? SeccompFilter.BuildBytes(architecture) : [];
        Cgroups = CgroupTree.Find(options.CgroupRoot);
        Supervised = new SupervisedPrograms(options.RuntimeDirectory, timeProvider);
        if (Environment.IsPrivilegedProcess)
        {
            _uids = new UidPool(Path.Combine(options.RuntimeDirectory, "uids"));
            Mounts = new IdmappedMounts(Path.Combine(options.RuntimeDirectory, "mounts"), new UserNamespaces(Programs.Find("/usr/bin/unshare") ?? "unshare"));
        }
    }

    public string? BubblewrapPath { get; private set; }

    public string? SetprivPath { get; }

    public string RuntimeDirectory { get; }

    /// <summary>Why root cannot keep mount points and uid leases; null when it can.</summary>
    public string? RuntimeDirectoryError { get; private set; }

    public Version? BubblewrapVersion { get; private set; }

    /// <summary>Null when limits are kept by rlimits and watching.</summary>
    public CgroupTree? Cgroups { get; set; }

    /// <summary>Null when the runtime is a normal user: then its plugins are that user.</summary>
    public IdmappedMounts? Mounts { get; }

    /// <summary>What runs programs without namespaces.</summary>
    public SupervisedPrograms Supervised { get; }

    public SeccompArchitecture? Architecture { get; } = SeccompArchitectures.Current;

    /// <summary>Whether there is all that a start needs; without it nothing may be started.</summary>
    public bool IsCompleteFor(SandboxLevel level) => RuntimeDirectoryError is null && level switch
    {
        SandboxLevel.Sandbox => BubblewrapPath is not null && Architecture is not null && (_uids is null || SetprivPath is not null),
        SandboxLevel.Process => Supervised.PythonPath is not null && Architecture is not null && LandlockRules.Version >= LandlockRules.NeededVersion && !Environment.IsPrivilegedProcess,
        _ => Supervised.PythonPath is not null,
    };

    /// <summary>A place for one program.</summary>
    public SandboxPlace Reserve(SandboxLevel level) => level == SandboxLevel.Sandbox ? SandboxPlace.Sandbox : Supervised.Reserve(level);

    private BubblewrapFeatures Features => new(
        CgroupNamespaces: File.Exists("/proc/self/ns/cgroup"),
        DisableUserNamespaces: BubblewrapVersion >= new Version(0, 8));

    public static async Task<SandboxMachine> InspectAsync(SandboxHostOptions options, TimeProvider timeProvider)
    {
        var machine = new SandboxMachine(options, timeProvider);
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                // Others may pass through to what is theirs, and list nothing.
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.RuntimeDirectory)) ?? "/");
                Libc.MakeDirectory(options.RuntimeDirectory, Libc.OthersMayEnter);
            }

        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            machine.RuntimeDirectoryError = e.Message;
        }

        await machine.RemoveAbandonedAsync().ConfigureAwait(false);
        await machine.AskBubblewrapAsync().ConfigureAwait(false);
        return machine;
    }

    /// <summary>Starts a program in a sandbox. What the sandbox has taken of the machine is given back at its end.</summary>
    public async Task<SandboxProcess> StartAsync(SandboxSpec spec, HeldSpec? held, CancellationToken ct)
    {
        SpecChecks.ThrowIfInvalid(spec);
        try
        {
            if (spec.Place.Level != SandboxLevel.Sandbox)
                return await Supervised.StartAsync(spec, held, Cgroups, resources => LimitedCommand(spec, resources, BeginAtOnce)).ConfigureAwait(false);
            var steps = SandboxPaths.Plan(spec);
            var network = await NetworkGate.PrepareAsync(spec, _resolve, _timeProvider, ct).ConfigureAwait(false);
            var process = await StartAsync(spec, held, steps, network).ConfigureAwait(false);
            if (network is not null) await process.WhenNetworkIsOpenAsync(ct).ConfigureAwait(false);
            return process;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxUnavailableException($"'{spec.Name}' cannot be started in a sandbox: {e.Message}", e);
        }
    }

    public void Dispose() => Mounts?.Dispose();

    private async Task RemoveAbandonedAsync()
    {
        try
        {
            Cgroups?.RemoveAbandoned();
            Mounts?.RemoveAbandoned();
            await Supervised.RemoveAbandonedAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What a killed runtime left is in nobody's way; another start tries again.
        }
    }

    private async Task AskBubblewrapAsync()
    {
        try
        {
            var answer = BubblewrapPath is { } path ? await Programs.RunAsync([path, "--version"]).ConfigureAwait(false) : string.Empty;
            BubblewrapVersion = Version.TryParse(answer.Split(' ')[^1].Trim(), out var version) ? version : null;
        }
        catch (IOException)
        {
            BubblewrapPath = null; // It is there, but this user may not run it.
        }
    }

    private async Task<SandboxProcess> StartAsync(SandboxSpec spec, HeldSpec? held, IReadOnlyList<MountStep> steps, NetworkGate? network)
    {
        var resources = new SandboxResources { Limits = Cgroups?.CreateGroup(spec.Limits) ?? (IResourceLimits)new WatchedLimits(spec.Limits), Network = network };
        try
        {
            resources.Uid = _uids?.Take();
            if (Mounts is not null && steps.Count > 0)
            {
                resources.Mounts = await Mounts.AttachAsync(steps, resources.Uid!.Uid).ConfigureAwait(false);
                steps = resources.Mounts.Steps;
            }

            using var arguments = new BubblewrapArguments();
            SandboxProfile.Write(arguments, spec, steps, Features, _seccompFilter);
            return await SpawnAsync(spec, held, arguments, resources).ConfigureAwait(false);
        }
        catch
        {
            await resources.ReleaseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SandboxProcess> SpawnAsync(SandboxSpec spec, HeldSpec? held, BubblewrapArguments arguments, SandboxResources resources)
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

            return new SandboxProcess(spec, held, new ChildProcess(pid), pipes, resources, _timeProvider);
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
        if (resources.Limits.MemberFiles is { Count: > 0 } files)
        {
            command.AddRange(["/bin/sh", "-c", JoinGroups, "flexcore", .. files, "--"]);
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

        // Limits are set inside: outside, that of processes would count all those of a normal user.
        command.AddRange(LimitedCommand(spec, resources, Begin));
        return command;
    }

    /// <summary>The program's command, with what sets its limits before it: the shell itself, for each program more costs a millisecond.</summary>
    private static List<string> LimitedCommand(SandboxSpec spec, SandboxResources resources, string then)
    {
        var openFiles = Math.Min((ulong)spec.Limits.OpenFiles, Libc.HardLimit(Libc.RLIMIT_NOFILE));
        var lockedMemory = Math.Min(LockedMemoryKibibytes, Libc.HardLimit(Libc.RLIMIT_MEMLOCK) / 1024);
        var setLimits = string.Join(" && ", ["ulimit -c 0", $"ulimit -n {openFiles}", $"ulimit -l {lockedMemory}", .. resources.Limits.ShellLimits]);
        return ["/bin/sh", "-c", setLimits + then, "sh", .. spec.Command];
    }
}
