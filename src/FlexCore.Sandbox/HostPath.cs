using System.Runtime.InteropServices;

namespace FlexCore.Sandbox;

/// <summary>Paths of the host as the kernel sees them.</summary>
public static class HostPath
{
    /// <summary>The absolute path with every symbolic link resolved; null when it does not exist.</summary>
    public static string? Resolve(string path) => Libc.RealPath(path);

    /// <summary>Whether a path is a file that holds data, or a link to one: not a folder, and not a pipe or device that would block who opens it.</summary>
    public static bool IsRegularFile(string path) => File.Exists(path) && (Libc.GetOwner(path).Mode & Libc.FileTypeMask) == Libc.RegularFile;

    /// <summary>What changes of a path whenever its content does; a link is looked at itself.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStamp StampOf(string path) => Libc.GetStamp(path);

    /// <summary>Opens a file for reading, links followed. Unlike <see cref="File.OpenRead"/> it does not wait at a pipe until somebody writes to it.</summary>
    /// <exception cref="NotSupportedException">It is not a regular file.</exception>
    public static FileStream OpenRead(string path) =>
        !File.Exists(path) || IsRegularFile(path) ? File.OpenRead(path) : throw new NotSupportedException($"'{path}' is not a regular file.");

    /// <summary>
    /// The first link on the way to an absolute, normalised path, as far as the path exists; null when there is none. A plugin
    /// that may write a folder could put a link there, and have another one read or write what it points at.
    /// </summary>
    public static string? FindLink(string path)
    {
        for (var at = path.IndexOf('/', 1); ; at = path.IndexOf('/', at + 1))
        {
            var part = at < 0 ? path : path[..at];
            var info = new FileInfo(part);
            if (info.LinkTarget is not null) return part;
            if (at < 0 || !Path.Exists(part)) return null;
        }
    }
}

/// <summary>What changes of a file whenever its content does.</summary>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Modified">When its content was written last, in nanoseconds since 1970. Whoever may write it can say something else.</param>
/// <param name="Changed">When anything of it was changed last, likewise: the kernel says that, and nobody else.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileStamp(ulong Inode, long Length, long Modified, long Changed);
