using System.Runtime.InteropServices;
using FlexCore.Sandbox.Spawning;

namespace FlexCore.Sandbox;

/// <summary>Files of the host in folders that a sandboxed program could write: anything may be there.</summary>
public static class UntrustedFiles
{
    /// <summary>Opens a file for reading. A link in its place is not followed, and a pipe makes nobody wait.</summary>
    /// <returns><see langword="null"/> when something else than a file is there.</returns>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream? OpenRead(string path)
    {
        var file = Libc.Open(path, Libc.O_RDONLY | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC, 0);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            return error switch
            {
                Libc.ELOOP or Libc.ENXIO => null, // a link; a socket
                Libc.ENOENT => throw new FileNotFoundException($"'{path}' does not exist.", path),
                _ => throw Libc.Error($"open {path}", error),
            };
        }

        if ((Libc.GetOwner($"/proc/self/fd/{file.DangerousGetHandle()}").Mode & Libc.FileTypeMask) == Libc.RegularFile)
        {
            return new FileStream(file, FileAccess.Read);
        }

        file.Dispose();
        return null;
    }

    /// <summary>
    /// Removes a folder with all that is in it, once nobody can write to it any more: folders deeper than any path can name, names that are no text,
    /// folders that are closed to us. Links in it are not followed. One that does not exist is no error.
    /// </summary>
    /// <exception cref="IOException">Something of it is still there.</exception>
    public static async Task RemoveFolderAsync(string path)
    {
        if (Libc.RemoveDirectory(path) == 0 || Marshal.GetLastPInvokeError() == Libc.ENOENT) return;

        // They go from folder to folder instead of by path, which no method of ours does.
        await Programs.RunAsync(["/bin/rm", "-rf", "--", path]).ConfigureAwait(false);
        if (!Path.Exists(path)) return;
        await Programs.RunAsync(["/bin/chmod", "-R", "u+rwX", "--", path]).ConfigureAwait(false);
        await Programs.RunAsync(["/bin/rm", "-rf", "--", path]).ConfigureAwait(false);
        if (Path.Exists(path)) throw new IOException($"'{path}' cannot be emptied.");
    }
}
