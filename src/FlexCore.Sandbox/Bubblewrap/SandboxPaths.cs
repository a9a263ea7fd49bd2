namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>Checks and compares paths before they become mounts.</summary>
internal static class SandboxPaths
{
    // What makes the sandbox one, and what the kernel provides. A grant there would undo the profile.
    private static readonly string[] Reserved = ["/proc", "/sys", "/dev"];

    /// <summary>Orders mounts from the outside in, covering what is to be hidden wherever a mount would show it.</summary>
    public static IReadOnlyList<MountStep> Plan(SandboxSpec spec)
    {
        var steps = new List<MountStep>();
        foreach (var mount in spec.Mounts)
        {
            CheckTarget(mount.SandboxPath);
            var kind = mount.Writable ? MountKind.Writable : MountKind.ReadOnly;
            steps.Add(new MountStep(kind, CheckSource(mount.HostPath), mount.SandboxPath));
        }

        var hidden = from path in spec.HiddenPaths
                     let source = HostPath.Resolve(path)
                     where source is not null
                     from mount in steps
                     where IsAtOrBelow(source, mount.Source)
                     let kind = Directory.Exists(source) ? MountKind.HiddenFolder : MountKind.HiddenFile
                     select new MountStep(kind, source, mount.SandboxPath + source[mount.Source.Length..]);

        // Of two for one path the kind decides: what is hidden covers what is writable, and that what is read-only.
        return [.. steps.Concat(hidden.ToList()).Distinct().OrderBy(s => s.SandboxPath, StringComparer.Ordinal).ThenBy(s => s.Kind)];
    }

    public static bool IsNormalized(string path) =>
        path.Length > 1 && path[0] == '/' && path[1..].Split('/').All(part => part is not ("" or "." or ".."));

    public static bool IsAtOrBelow(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');

    private static void CheckTarget(string path)
    {
        if (!IsNormalized(path) || path == "/run" || Reserved.Any(reserved => IsAtOrBelow(path, reserved)))
        {
            throw new SandboxMountException($"'{path}' cannot be a mount point in a sandbox");
        }
    }

    // A link may have been put there by a plugin, to be given what it points at: only real paths are mounted.
    private static string CheckSource(string path)
    {
        if (!IsNormalized(path)) throw new SandboxMountException($"'{path}' is not the absolute path of a file or folder below the root");
        if (HostPath.FindLink(path) is { } link) throw new SandboxMountException($"'{path}' goes through the symbolic link '{link}'");
        return Path.Exists(path) ? path : throw new SandboxMountException($"'{path}' does not exist");
    }
}
