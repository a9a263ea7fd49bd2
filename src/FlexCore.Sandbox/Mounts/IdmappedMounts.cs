using FlexCore.Sandbox.Bubblewrap;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Mounts;

/// <summary>
/// Shows files of the host to a plugin's uid as if it owned what the owner of the mounted path owns. So a plugin of root can be
/// given a folder that only root may enter, without being root and without changing a permission; its new files belong to the
/// folder's owner.
/// </summary>
internal sealed class IdmappedMounts(string folder, UserNamespaces namespaces) : IDisposable
{
    private const int OthersMayRead = 4;

    /// <summary>Replaces the sources of mounts by mount points that the uid can use.</summary>
    public async Task<MountLease> AttachAsync(IReadOnlyList<MountStep> steps, int uid)
    {
        Libc.MakeDirectory(folder, Libc.OthersMayEnter);
        var own = Path.Combine(folder, RuntimeIdentity.NextName());
        Libc.MakeDirectory(own, Libc.OwnerOnly);

        // Its group is the plugin's alone: no other user of the machine gets into the folders shown here.
        Libc.ThrowIfFailed(Libc.Chown(own, 0, (uint)uid), "chown");
        Libc.SetMode(own, Libc.OwnerOnly | UnixFileMode.GroupExecute);

        var attached = new List<MountStep>();
        try
        {
            foreach (var step in steps)
            {
                attached.Add(step.Kind is MountKind.ReadOnly or MountKind.Writable
                    ? step with { Source = await AttachAsync(step, Path.Combine(own, $"{attached.Count}"), uid).ConfigureAwait(false) }
                    : step);
            }
        }
        catch
        {
            MountLease.Remove(own);
            throw;
        }

        return new MountLease(own, attached);
    }

    /// <summary>Whether files at a path can be shown in this way.</summary>
    public async Task<bool> IsSupportedAsync(string path)
    {
        using var tree = Libc.OpenTree(path);
        return !tree.IsInvalid && SetAttributes(tree, await namespaces.GetAsync(0, 0, 1).ConfigureAwait(false));
    }

    /// <summary>Removes what a killed runtime left behind.</summary>
    public void RemoveAbandoned()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateDirectories(folder).Where(path => RuntimeIdentity.IsAbandoned(Path.GetFileName(path))))
        {
            MountLease.Remove(path);
        }
    }

    public void Dispose() => namespaces.Dispose();

    private async Task<string> AttachAsync(MountStep step, string target, int uid)
    {
        using var tree = Libc.OpenTree(step.Source);
        if (tree.IsInvalid)
        {
            throw Libc.LastError($"open_tree {step.Source}");
        }

        var owner = Libc.GetOwner($"/proc/self/fd/{tree.DangerousGetHandle()}");
        if (!SetAttributes(tree, await namespaces.GetAsync(owner.UserId, owner.GroupId, uid).ConfigureAwait(false)))
        {
            // Some file systems cannot: overlay below containers, network file systems. Then permissions decide.
            if (step.Kind == MountKind.Writable || (owner.Mode & OthersMayRead) == 0 || !SetAttributes(tree, userNamespace: null))
            {
                throw new SandboxUnavailableException(
                    $"The file system of '{step.Source}' does not support idmapped mounts, so a sandbox that root starts cannot be given it.",
                    "Put it on ext4, xfs, btrfs or tmpfs, or run the runtime as the normal user who owns it.");
            }
        }

        if ((owner.Mode & Libc.FileTypeMask) == Libc.Folder)
        {
            Libc.MakeDirectory(target, Libc.OwnerOnly);
        }
        else
        {
            await File.WriteAllBytesAsync(target, []).ConfigureAwait(false);
        }

        Libc.ThrowIfFailed(Libc.MoveMount(tree, target), $"move_mount {target}");
        return target;
    }

    private static bool SetAttributes(SafeFileHandle tree, SafeFileHandle? userNamespace)
    {
        var attributes = new Libc.MountAttributes { Set = Libc.MountAttributes.NoSetuid | Libc.MountAttributes.NoDevices };
        if (userNamespace is not null)
        {
            attributes.Set |= Libc.MountAttributes.IdMap;
            attributes.UserNamespace = (ulong)userNamespace.DangerousGetHandle();
        }

        return Libc.MountSetattr(tree, attributes) == 0;
    }
}

/// <summary>The mounts of one sandbox, to be removed after it.</summary>
internal sealed class MountLease(string folder, IReadOnlyList<MountStep> steps)
{
    public IReadOnlyList<MountStep> Steps => steps;

    public void Remove() => Remove(folder);

    /// <summary>Unmounts and removes the mount points. Never recursively: what is still mounted is somebody's data.</summary>
    public static void Remove(string folder)
    {
        try
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(folder))
            {
                _ = Libc.Unmount(path, Libc.MNT_DETACH_NOFOLLOW);
                if (Directory.Exists(path))
                {
                    _ = Libc.RemoveDirectory(path);
                }
                else if (new FileInfo(path).Length == 0)
                {
                    File.Delete(path);
                }
            }

            _ = Libc.RemoveDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another runtime is removing it too, or it is still mounted; the next janitor tries again.
        }
    }
}
