using System.Text;
using FlexCore.Sandbox.Network;

namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>Turns a specification into bubblewrap's arguments. This is where it is decided what a sandbox is.</summary>
internal static class SandboxProfile
{
    private const long Mebibyte = 1024 * 1024;
    private const int InnerId = 65534;

    private static readonly byte[] Passwd = Encoding.ASCII.GetBytes(
        $"root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nplugin:x:{InnerId}:{InnerId}:plugin:/home/plugin:/usr/sbin/nologin\n");

    private static readonly byte[] Group = Encoding.ASCII.GetBytes($"root:x:0:\nplugin:x:{InnerId}:\n");

    // There is no name server: what is not in the file of hosts does not exist, and that is said at once.
    private static readonly byte[] NameSwitch = "passwd: files\ngroup: files\nhosts: files\n"u8.ToArray();

    public static void Write(BubblewrapArguments arguments, SandboxSpec spec, IReadOnlyList<MountStep> mounts, BubblewrapFeatures features, ReadOnlySpan<byte> seccompFilter)
    {
        AddIsolation(arguments, features);
        AddFileSystem(arguments, spec);
        AddPrivateFiles(arguments, spec.Files);
        AddMounts(arguments, mounts);
        AddEnvironment(arguments, spec);
        arguments.Add("--remount-ro", "/run", "--remount-ro", "/", "--chdir", spec.WorkingDirectory);
        arguments.Add("--json-status-fd", $"{BubblewrapArguments.StatusDescriptor}");
        arguments.Add("--seccomp", arguments.AddFile(seccompFilter));
    }

    private static void AddIsolation(BubblewrapArguments arguments, BubblewrapFeatures features)
    {
        // Each by name: --unshare-all and the -try variants go on silently without what cannot be had.
        arguments.Add("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-net");
        if (features.CgroupNamespaces)
        {
            arguments.Add("--unshare-cgroup");
        }

        if (features.DisableUserNamespaces)
        {
            arguments.Add("--disable-userns");
        }

        arguments.Add("--die-with-parent", "--new-session", "--cap-drop", "ALL");
        arguments.Add("--uid", $"{InnerId}", "--gid", $"{InnerId}", "--hostname", "plugin");
    }

    private static void AddFileSystem(BubblewrapArguments arguments, SandboxSpec spec)
    {
        arguments.Add("--ro-bind", "/usr", "/usr");
        foreach (var name in (ReadOnlySpan<string>)["bin", "sbin", "lib", "lib64", "lib32"])
        {
            AddRootLink(arguments, name);
        }

        arguments.Add("--dir", "/etc");
        foreach (var path in (ReadOnlySpan<string>)["/etc/ssl", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"])
        {
            arguments.Add("--ro-bind-try", path, path);
        }

        AddFile(arguments, "0444", Passwd, "/etc/passwd");
        AddFile(arguments, "0444", Group, "/etc/group");
        AddFile(arguments, "0444", NameSwitch, "/etc/nsswitch.conf");
        AddFile(arguments, "0444", InsideAddresses.HostsFile(spec.Network), "/etc/hosts");

        arguments.Add("--proc", "/proc", "--dev", "/dev");
        AddTmpfs(arguments, "/dev/shm", spec.Limits.TmpBytes, "1777");
        arguments.Add("--remount-ro", "/dev");
        AddTmpfs(arguments, "/tmp", spec.Limits.TmpBytes, "0700");
        AddTmpfs(arguments, "/home/plugin", spec.Limits.TmpBytes, "0700");
    }

    /// <summary>On machines with a merged /usr these are links into it; elsewhere folders of their own.</summary>
    private static void AddRootLink(BubblewrapArguments arguments, string name)
    {
        var info = new DirectoryInfo($"/{name}");
        if (info.LinkTarget is { } target)
        {
            arguments.Add("--symlink", target, info.FullName);
        }
        else if (info.Exists)
        {
            arguments.Add("--ro-bind", info.FullName, info.FullName);
        }
    }

    private static void AddPrivateFiles(BubblewrapArguments arguments, IReadOnlyList<SandboxFile> files)
    {
        AddTmpfs(arguments, "/run", files.Sum(f => f.Content.Length + 4096L) + Mebibyte, "0755");
        foreach (var file in files)
        {
            if (!file.Path.StartsWith("/run/", StringComparison.Ordinal) || !SandboxPaths.IsNormalized(file.Path))
            {
                throw new ArgumentException($"A private file lies below /run, not at '{file.Path}'.", nameof(files));
            }

            AddFile(arguments, "0400", file.Content.Span, file.Path);
        }
    }

    private static void AddMounts(BubblewrapArguments arguments, IReadOnlyList<MountStep> mounts)
    {
        foreach (var step in mounts)
        {
            switch (step)
            {
                case { Kind: MountKind.HiddenFolder }:
                    arguments.Add("--size", "65536", "--perms", "0555", "--tmpfs", step.SandboxPath);
                    break;
                case { Kind: MountKind.HiddenFile }:
                    arguments.Add("--ro-bind-data", arguments.AddFile([]), step.SandboxPath);
                    break;
                default:
                    arguments.Add(step.Kind == MountKind.Writable ? "--bind" : "--ro-bind", step.Source, step.SandboxPath);
                    break;
            }
        }

        // Last, because mounts below a hidden folder still need their mount points made.
        foreach (var step in mounts.Where(m => m.Kind == MountKind.HiddenFolder))
        {
            arguments.Add("--remount-ro", step.SandboxPath);
        }
    }

    private static void AddEnvironment(BubblewrapArguments arguments, SandboxSpec spec)
    {
        arguments.Add("--clearenv");
        foreach (var (name, value) in SandboxEnvironment.For(spec))
        {
            arguments.Add("--setenv", name, value);
        }
    }

    private static void AddTmpfs(BubblewrapArguments arguments, string path, long bytes, string mode) =>
        arguments.Add("--size", $"{bytes}", "--perms", mode, "--tmpfs", path);

    private static void AddFile(BubblewrapArguments arguments, string mode, ReadOnlySpan<byte> content, string path) =>
        arguments.Add("--perms", mode, "--file", arguments.AddFile(content), path);
}
