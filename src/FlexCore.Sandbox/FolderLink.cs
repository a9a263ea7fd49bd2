using System.Runtime.InteropServices;

namespace FlexCore.Sandbox;

/// <summary>A link that says which of several folders is the one that is used.</summary>
public static partial class FolderLink
{
    private const uint Exchange = 2;

    /// <summary>Has it point at a folder, durably and in one step of the kernel: whoever follows it finds the one before or this one.</summary>
    /// <param name="link">Absolute path of the link. A folder in its place is exchanged for it.</param>
    /// <param name="folder">The folder, absolute; the link names it from where it lies, so that both can be moved together.</param>
    /// <returns>Where the folder lies now that was in the place of the link; null where there was none.</returns>
    /// <exception cref="IOException">It cannot be made; what was there is there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static string? Point(string link, string folder)
    {
        var around = Path.GetDirectoryName(link)!;
        var fresh = Path.Combine(around, $".{Guid.CreateVersion7():n}");
        ShadowFolder.Sync(folder, wholeFileSystem: true);
        File.CreateSymbolicLink(fresh, Path.GetRelativePath(around, folder));
        var isFolder = new DirectoryInfo(link) is { Exists: true, LinkTarget: null };
        if (Rename(Libc.AT_FDCWD, fresh, Libc.AT_FDCWD, link, isFolder ? Exchange : 0) != 0)
        {
            var failure = Libc.LastError($"renameat2 {link}");
            File.Delete(fresh);
            throw failure;
        }

        ShadowFolder.Sync(around);
        return isFolder ? fresh : null;
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);
}
