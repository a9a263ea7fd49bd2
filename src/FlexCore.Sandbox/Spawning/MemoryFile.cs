using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Spawning;

/// <summary>A file that has no name and lies in memory: the only way in which arguments and secrets reach bubblewrap.</summary>
internal static class MemoryFile
{
    /// <summary>Creates one that nobody can change any more, to be read from its start.</summary>
    public static SafeFileHandle Create(string name, ReadOnlySpan<byte> content)
    {
        var file = Libc.MemfdCreate(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        if (file.IsInvalid)
        {
            throw Libc.LastError("memfd_create");
        }

        RandomAccess.Write(file, content, 0);
        Libc.ThrowIfFailed(Libc.Fcntl(file, Libc.F_ADD_SEALS, Libc.AllSeals), "fcntl(F_ADD_SEALS)");
        return file;
    }
}
