using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Limits;

/// <summary>
/// How much a folder holds that a program may write meanwhile, and fill with anything. It goes from folder to folder by names as the kernel gives them: those that are no
/// text have a size too. No link is followed.
/// </summary>
internal static unsafe class FolderSize
{
    private const long SmallestBytes = 4096;
    private const int DeepestFolder = 200;
    private const int BufferBytes = 32 * 1024;

    // struct linux_dirent64: see getdents(2).
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    /// <summary>
    /// The lengths of its files, and of each entry at least 4 KiB; no more is counted once it is more than <paramref name="enough"/>. What hides its size counts as more than
    /// anything: folders closed to us, or nested more deeply than anybody needs who keeps files in them.
    /// </summary>
    public static long Measure(string folder, long enough)
    {
        using var root = Libc.Open(folder, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return root.IsInvalid ? 0 : Measure(root, enough, depth: 0);
    }

    private static long Measure(SafeFileHandle folder, long enough, int depth)
    {
        if (depth > DeepestFolder) return long.MaxValue;
        var total = 0L;
        var buffer = new byte[BufferBytes];
        fixed (byte* start = buffer)
        {
            int count;
            while (total <= enough && (count = Libc.ReadFolder(folder, start, BufferBytes)) > 0)
            {
                for (var at = 0; at < count && total <= enough; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthOffset)))
                {
                    var size = MeasureEntry(folder, start + at + NameOffset, enough - total, depth);
                    total = size == long.MaxValue ? size : total + size;
                }
            }
        }

        return total;
    }

    private static long MeasureEntry(SafeFileHandle folder, byte* name, long enough, int depth)
    {
        if (IsSelfOrParent(name)) return 0;
        if (Libc.TryGetEntry(folder, name) is not { } entry) return 0; // What is gone meanwhile takes no space.
        if (!entry.IsFolder) return Math.Max(entry.Length, SmallestBytes);
        using var inner = Libc.OpenAt(folder, name, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC);
        if (inner.IsInvalid) return Marshal.GetLastPInvokeError() == Libc.EACCES ? long.MaxValue : 0;
        var size = Measure(inner, enough, depth + 1);
        return size == long.MaxValue ? size : size + SmallestBytes;
    }

    private static bool IsSelfOrParent(byte* name) => name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}
