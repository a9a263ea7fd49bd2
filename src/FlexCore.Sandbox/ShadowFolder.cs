using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>
/// A fresh folder beside another one, into which a program writes what is to take its place. The two are exchanged in one step of the
/// kernel (renameat2(2), RENAME_EXCHANGE): whatever is killed when, the folder holds all of the old content or all of the new one.
/// </summary>
/// <remarks>What lies beside the folder is hidden and named by its state: <c>-shadow</c> is being written, <c>-swap</c> is whole and about to be exchanged, or what it was exchanged for.</remarks>
public sealed partial class ShadowFolder
{
    private const uint Exchange = 2;
    private const int PermissionBits = 0xFFF;

    private readonly string _folder;
    private readonly string _owner;

    private ShadowFolder(string folder, string owner) => (_folder, _owner) = (folder, owner);

    /// <summary>Where to write.</summary>
    public string Path => Beside("shadow");

    private string Swap => Beside("swap");

    /// <summary>Makes one, empty, of the same owner and permissions.</summary>
    /// <param name="folder">Absolute path of the folder that is to be replaced; it exists.</param>
    /// <param name="owner">Tells apart those who replace the same folder: what another owner has beside it is left alone.</param>
    /// <exception cref="IOException">It cannot be made here, or the file system could not exchange it later.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder around it cannot be written.</exception>
    public static async Task<ShadowFolder> CreateAsync(string folder, string owner)
    {
        var shadow = new ShadowFolder(folder, owner);
        if (IsMountPoint(folder)) throw new IOException($"'{folder}' is a mount point, which cannot be exchanged.");
        await CleanAsync(folder, owner).ConfigureAwait(false);
        var like = Libc.GetOwner(folder);
        try
        {
            // Two of them, to see whether they can be exchanged.
            Make(shadow.Swap, like);
            Make(shadow.Path, like);
            Libc.ThrowIfFailed(Rename(Libc.AT_FDCWD, shadow.Path, Libc.AT_FDCWD, shadow.Swap, Exchange), $"renameat2 {shadow.Path}");
            _ = Libc.RemoveDirectory(shadow.Swap);
            return shadow;
        }
        catch
        {
            _ = Libc.RemoveDirectory(shadow.Swap);
            _ = Libc.RemoveDirectory(shadow.Path);
            throw;
        }
    }

    /// <summary>Removes what lies beside a folder: the content from before the last exchange, and what a killed process left.</summary>
    /// <returns>Where the content from before is kept, if it has files or folders that the folder has no counterpart of; else null.</returns>
    public static async Task<string?> CleanAsync(string folder, string owner)
    {
        var left = new ShadowFolder(folder, owner);
        await left.RemoveAsync().ConfigureAwait(false);
        return await left.SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Puts what was written in the place of the folder, durably. What was there before stays beside it until <see cref="CleanAsync"/>.</summary>
    /// <exception cref="IOException">It could not be done; the folder is as it was.</exception>
    public Task ReplaceAsync() => Task.Run(Replace);

    /// <summary>Removes what was written. After <see cref="ReplaceAsync"/> there is nothing to remove.</summary>
    public Task RemoveAsync() => UntrustedFiles.RemoveFolderAsync(Path);

    private void Replace()
    {
        var around = System.IO.Path.GetDirectoryName(_folder)!;
        Sync(Path, wholeFileSystem: true);
        Directory.Move(Path, Swap);
        Sync(around);
        Libc.ThrowIfFailed(Rename(Libc.AT_FDCWD, Swap, Libc.AT_FDCWD, _folder, Exchange), $"renameat2 {_folder}");
        Sync(around);
    }

    // Whether it was exchanged cannot be seen: only what has a counterpart is removed.
    private async Task<string?> SettleAsync()
    {
        if (!Directory.Exists(Swap)) return null;
        var present = Directory.EnumerateFileSystemEntries(_folder).Select(System.IO.Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        if (Directory.EnumerateFileSystemEntries(Swap).All(path => present.Contains(System.IO.Path.GetFileName(path))))
        {
            await UntrustedFiles.RemoveFolderAsync(Swap).ConfigureAwait(false);
            return null;
        }

        var kept = Beside($"before-{Guid.CreateVersion7():n}");
        Directory.Move(Swap, kept);
        return kept;
    }

    private string Beside(string state) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(_folder)!, $".{System.IO.Path.GetFileName(_folder)}.{_owner}-{state}");

    private static void Make(string path, Libc.FileOwner like)
    {
        Directory.CreateDirectory(path, Libc.OwnerOnly);

        // By what was opened and not by name: whoever may write around it could put a link there meanwhile.
        using var opened = Libc.Open(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        if (opened.IsInvalid) throw Libc.LastError($"open {path}");
        var made = $"/proc/self/fd/{opened.DangerousGetHandle()}";
        var owner = Libc.GetOwner(made);
        if (owner.UserId != like.UserId || owner.GroupId != like.GroupId) Libc.ThrowIfFailed(Libc.Chown(made, like.UserId, like.GroupId), $"chown {path}");
        Libc.SetMode(made, (UnixFileMode)(like.Mode & PermissionBits));
    }

    private static bool IsMountPoint(string folder)
    {
        // proc_pid_mountinfo(5): the fifth field, with blanks as octal escapes.
        var written = folder.Replace("\\", "\\134", StringComparison.Ordinal).Replace(" ", "\\040", StringComparison.Ordinal).Replace("\t", "\\011", StringComparison.Ordinal).Replace("\n", "\\012", StringComparison.Ordinal);
        return File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == written);
    }

    internal static void Sync(string path, bool wholeFileSystem = false)
    {
        using var folder = Libc.Open(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (folder.IsInvalid) throw Libc.LastError($"open {path}");
        Libc.ThrowIfFailed(wholeFileSystem ? SyncFileSystem(folder) : SyncFolder(folder), $"sync {path}");
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFolder(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
