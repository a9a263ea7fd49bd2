using FlexCore.Sandbox.Network;
using FlexCore.Sandbox.Supervision;

namespace FlexCore.Sandbox.Probing;

/// <summary>Judges an observation, feature by feature.</summary>
internal static class SandboxFeatures
{
    private static readonly (string Name, string Link)[] Namespaces =
        [("user", "user"), ("mount", "mnt"), ("pid", "pid"), ("net", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup")];

    public static async ValueTask<IReadOnlyList<SandboxFeature>> ListAsync(SandboxMachine machine, SandboxLevel level, ProbeObservation seen) => level == SandboxLevel.Sandbox
        ? await ListSandboxAsync(machine, seen).ConfigureAwait(false)
        : ListSupervised(machine, level, seen);

    /// <summary>What became of the attempts to break out.</summary>
    public static IEnumerable<SandboxFeature> ListAttempts(SandboxLevel level, ProbeObservation seen) =>
        from attempt in BreakOut.At(level)
        where seen.WasMade // Else the reason stands at other features.
        let outcome = seen[attempt.Name] ?? "not tried"
        select new SandboxFeature($"attempt to {attempt.Name}", outcome == "stopped", Required: attempt.IsRequired || outcome == "succeeded", outcome, outcome == "stopped" ? null : Remedies.BreakOut);

    private static List<SandboxFeature> ListSupervised(SandboxMachine machine, SandboxLevel level, ProbeObservation seen)
    {
        var features = new List<SandboxFeature>
        {
            Program("python3", machine.Supervised.PythonPath, string.Empty, Remedies.InstallPython),
        };
        var remedy = Remedies.ForSupervisor;
        if (level == SandboxLevel.Process)
        {
            var isUser = !Environment.IsPrivilegedProcess;
            var hasLandlock = LandlockRules.Version >= LandlockRules.NeededVersion;
            features.Add(new SandboxFeature("normal user", isUser, Required: true, isUser ? $"uid {Libc.GetEffectiveUserId()}" : "the runtime is root", isUser ? null : Remedies.NormalUser));
            features.Add(new SandboxFeature("landlock", hasLandlock, Required: true, $"version {LandlockRules.Version}", hasLandlock ? null : Remedies.Landlock));
            features.Add(Judge("seccomp", seen["Seccomp"] == "2", $"mode {seen["Seccomp"]}", machine.Architecture is null ? Remedies.Architecture : remedy, seen));
            features.Add(Judge("no capabilities", HasNoCapabilities(seen, isBounded: false), $"effective {seen["CapEff"]}", remedy, seen));
            features.Add(Judge("read-only root", IsRootReadOnly(seen), seen["Writable"] is { } path ? $"{path} is writable" : "/, /usr, /etc and /dev", remedy, seen));
        }

        features.Add(Judge("no_new_privs", seen["NoNewPrivs"] == "1", $"{seen["NoNewPrivs"]}", remedy, seen));
        return machine.IsCompleteFor(level) ? features : [.. features.Where(feature => feature.Remedy != remedy)];
    }

    private static async Task<IReadOnlyList<SandboxFeature>> ListSandboxAsync(SandboxMachine machine, ProbeObservation seen)
    {
        var root = Environment.IsPrivilegedProcess;
        var features = new List<SandboxFeature>
        {
            Program("bubblewrap", machine.BubblewrapPath, $"{machine.BubblewrapVersion} ", Remedies.InstallBubblewrap),
        };
        if (root)
        {
            features.Add(Program("setpriv", machine.SetprivPath, string.Empty, Remedies.InstallUtilLinux));
            features.Add(new SandboxFeature(
                "runtime directory", machine.RuntimeDirectoryError is null, Required: true, machine.RuntimeDirectoryError ?? machine.RuntimeDirectory, machine.RuntimeDirectoryError is null ? null : Remedies.RuntimeDirectory));
        }

        var remedy = Remedies.ForSandbox(seen.Error);
        features.AddRange(Namespaces.Select(n => Namespace(n.Name, n.Link, seen, remedy)));
        features.Add(Judge("seccomp", seen["Seccomp"] == "2", $"mode {seen["Seccomp"]}", machine.Architecture is null ? Remedies.Architecture : remedy, seen));
        features.Add(Judge("no_new_privs", seen["NoNewPrivs"] == "1", $"{seen["NoNewPrivs"]}", remedy, seen));
        features.Add(Judge("no capabilities", HasNoCapabilities(seen, isBounded: true), $"effective {seen["CapEff"]}, bounding {seen["CapBnd"]}", remedy, seen));
        features.Add(Judge("read-only root", IsRootReadOnly(seen), seen["Writable"] is { } path ? $"{path} is writable" : "/, /usr, /etc and /dev", remedy, seen));
        features.Add(Judge("uid drop", seen.HostUid is > 0, root ? $"host uid {seen.HostUid}" : $"not root: host uid {seen.HostUid}", remedy, seen));
        var network = root || ForeignSockets.IsAvailable;
        features.Add(new SandboxFeature(
            "network grants",
            network,
            Required: false,
            !network ? "plugins can be given no network" : root ? "listeners in the network namespace" : "listeners in the network namespace, by nsenter and python3",
            network ? null : Remedies.NetworkGrants));
        if (machine.Mounts is { } mounts)
        {
            var supported = await mounts.IsSupportedAsync("/usr").ConfigureAwait(false);
            features.Add(new SandboxFeature(
                "idmapped mounts",
                supported,
                Required: false,
                supported ? "the root file system supports them" : "folders that only their owner may use cannot be given to a plugin",
                supported ? null : Remedies.IdmappedMounts));
        }

        return features;
    }

    private static SandboxFeature Program(string name, string? path, string version, string remedy) =>
        new(name, path is not null, Required: true, path is null ? "not installed" : $"{version}{path}", path is null ? remedy : null);

    private static SandboxFeature Namespace(string name, string link, ProbeObservation seen, string remedy)
    {
        var host = new FileInfo($"/proc/self/ns/{link}").LinkTarget;
        if (host is null)
        {
            return new SandboxFeature($"{name} namespace", Present: false, Required: name != "cgroup", "this kernel has none", Remedies.Kernel);
        }

        var inside = seen[link];
        return Judge($"{name} namespace", inside is not null && $"{link}:{inside}" != host, $"{link}:{inside}", remedy, seen);
    }

    private static SandboxFeature Judge(string name, bool present, string detail, string remedy, ProbeObservation seen) =>
        new(name, present, Required: true, present ? detail : seen.Error ?? $"seen: {detail}", present ? null : remedy);

    private static bool IsRootReadOnly(ProbeObservation seen) => seen["CapEff"] is not null && seen["Writable"] is null;

    // What a normal user's process may be bounded by means nothing: with no_new_privs it gets none of it.
    private static bool HasNoCapabilities(ProbeObservation seen, bool isBounded) =>
        ((string[])["CapInh", "CapPrm", "CapEff", "CapAmb", .. isBounded ? (string[])["CapBnd"] : []]).All(name => seen[name]?.All(digit => digit == '0') is true);
}
