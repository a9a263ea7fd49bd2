using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>The C library and the few system calls that it has no name for everywhere.</summary>
internal static unsafe partial class Libc
{
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EACCES = 13;
    public const int EAGAIN = 11;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EPIPE = 32;
    public const int ELOOP = 40;

    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode OthersMayEnter = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;

    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public static readonly int O_DIRECTORY = IsArm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = IsArm64 ? 0x8000 : 0x20000;

    public const int F_DUPFD_CLOEXEC = 1030;
    private const int F_SETFL = 4;
    private const uint SPLICE_F_MOVE = 1;
    private const uint SPLICE_F_NONBLOCK = 2;
    public const int F_SETPIPE_SZ = 1031;
    public const int F_ADD_SEALS = 1033;
    public const int AllSeals = 0xF; // seal, shrink, grow, write

    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;

    public const nuint FIONREAD = 0x541B;

    public const int LOCK_EX_NB = 2 | 4;
    public const int MNT_DETACH_NOFOLLOW = 2 | 8;

    public const short POLLIN = 1;
    public const short POLLOUT = 4;

    public const int P_PID = 1;
    public const int WEXITED = 4;
    public const int WNOHANG = 1;
    public const int WNOWAIT = 0x01000000;

    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;

    public const int AT_FDCWD = -100;

    private static bool IsArm64 => RuntimeInformation.OSArchitecture == Architecture.Arm64;

    // The same numbers on every architecture since Linux 5.1.
    private const nint SysPidfdSendSignal = 424;
    private const nint SysOpenTree = 428;
    private const nint SysMoveMount = 429;
    private const nint SysPidfdOpen = 434;
    private const nint SysCloseRange = 436;
    private const nint SysOpenAt2 = 437;
    private const nint SysMountSetattr = 442;
    private const nint SysLandlockCreateRuleset = 444;

    private static readonly nint SysGetDirectoryEntries64 = IsArm64 ? 61 : 217;

    private const nint CLOSE_RANGE_CLOEXEC = 4;
    private const nint LANDLOCK_CREATE_RULESET_VERSION = 1;
    private const nint OPEN_TREE_CLONE = 1;
    private const nint AT_EMPTY_PATH = 0x1000;
    private const ulong O_PATH = 0x200000;
    private const ulong RESOLVE_NO_MAGICLINKS = 2;
    private const ulong RESOLVE_NO_SYMLINKS = 4;
    private const nint AT_RECURSIVE = 0x8000;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const nint MOVE_MOUNT_F_EMPTY_PATH = 4;

    /// <summary>The part of a mode that tells what kind of file it is.</summary>
    public const int FileTypeMask = 0xF000;
    public const int Folder = 0x4000;
    public const int RegularFile = 0x8000;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* fds, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(SafeFileHandle fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(SafeFileHandle fd, nuint request, out int value);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle fd, int operation);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Chown(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);

    /// <summary>Makes a folder of exactly this mode, whatever the umask. One that exists is left as it is.</summary>
    public static void MakeDirectory(string path, UnixFileMode mode)
    {
        if (MakeDirectory(path, (uint)mode) == 0)
        {
            SetMode(path, mode);
        }
        else if (Marshal.GetLastPInvokeError() != EEXIST)
        {
            throw LastError($"mkdir {path}");
        }
    }

    public static void SetMode(string path, UnixFileMode mode) => ThrowIfFailed(ChangeMode(path, (uint)mode), $"chmod {path}");

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string path, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int idType, int id, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetResourceLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* result);

    /// <summary>Who owns a path, links followed, and its permission bits.</summary>
    public static FileOwner GetOwner(string path)
    {
        const uint modeAndOwner = 0x1 | 0x2 | 0x8 | 0x10;
        var result = stackalloc byte[256];
        ThrowIfFailed(Statx(AT_FDCWD, path, 0, modeAndOwner, result), $"statx {path}");
        return new FileOwner(*(uint*)(result + 20), *(uint*)(result + 24), *(ushort*)(result + 28));
    }

    /// <summary>Which file or folder a path is, links followed; null when there is none.</summary>
    public static FileIdentity? TryGetIdentity(string path)
    {
        const uint inode = 0x100;
        var result = stackalloc byte[256];
        return Statx(AT_FDCWD, path, 0, inode, result) == 0 ? new FileIdentity(*(ulong*)(result + 136), *(ulong*)(result + 32)) : null;
    }

    /// <summary>What changes of a path when its file does, links not followed.</summary>
    public static FileStamp GetStamp(string path)
    {
        const uint inodeSizeAndTimes = 0x40 | 0x80 | 0x100 | 0x200;
        var result = stackalloc byte[256];
        ThrowIfFailed(Statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, inodeSizeAndTimes, result), $"statx {path}");
        return new FileStamp(*(ulong*)(result + 32), *(long*)(result + 40), Nanoseconds(result + 112), Nanoseconds(result + 96));

        static long Nanoseconds(byte* time) => (*(long*)time * 1_000_000_000) + *(uint*)(time + 8);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(int directory, byte* name, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int directory, byte* name, int flags, int mode);

    /// <summary>Opens an entry of a folder by its name, which need not be text; invalid on failure.</summary>
    public static SafeFileHandle OpenAt(SafeFileHandle folder, byte* name, int flags) => new(OpenAt((int)folder.DangerousGetHandle(), name, flags, 0), ownsHandle: true);

    /// <summary>Reads the next entries of a folder as <c>struct linux_dirent64</c>: how many bytes; 0 at the end, negative on failure.</summary>
    public static int ReadFolder(SafeFileHandle folder, byte* buffer, int length) =>
        (int)Syscall(SysGetDirectoryEntries64, folder.DangerousGetHandle(), (nint)buffer, length, 0, 0);

    /// <summary>What an entry of a folder is, itself and not what it may point at; null when it is not there.</summary>
    public static FolderEntry? TryGetEntry(SafeFileHandle folder, byte* name)
    {
        const uint typeAndSize = 0x1 | 0x200;
        var result = stackalloc byte[256];
        return Statx((int)folder.DangerousGetHandle(), name, AT_SYMLINK_NOFOLLOW, typeAndSize, result) < 0
            ? null
            : new FolderEntry((*(ushort*)(result + 28) & FileTypeMask) == Folder, *(long*)(result + 40));
    }

    [LibraryImport("libc", EntryPoint = "sysconf")]
    private static partial nint SystemConfiguration(int name);

    /// <summary>The unit of CPU times in <c>/proc/PID/stat</c>.</summary>
    public static long ClockTicksPerSecond() => SystemConfiguration(2);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, byte* buffer);

    /// <summary>The absolute path without links; null when it does not exist.</summary>
    public static string? RealPath(string path)
    {
        var buffer = stackalloc byte[4097];
        return RealPath(path, buffer) == 0 ? null : Marshal.PtrToStringUTF8((nint)buffer);
    }

    /// <summary>Creates a pipe whose ends no other child inherits.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) CreatePipe()
    {
        var fds = stackalloc int[2];
        ThrowIfFailed(Pipe2(fds, O_CLOEXEC), "pipe2");
        return (new SafeFileHandle(fds[0], ownsHandle: true), new SafeFileHandle(fds[1], ownsHandle: true));
    }

    /// <summary>The most that a process of ours may have of a resource.</summary>
    public static ulong HardLimit(int resource)
    {
        var limits = stackalloc ulong[2];
        ThrowIfFailed(GetResourceLimit(resource, limits), "getrlimit");
        return limits[1];
    }

    /// <summary>Waits until a descriptor can be read or written, or its other end has been closed; false after the timeout.</summary>
    public static bool Wait(SafeFileHandle fd, short events, int timeoutMilliseconds)
    {
        var added = false;
        fd.DangerousAddRef(ref added);
        try
        {
            var poll = new PollFd { Fd = (int)fd.DangerousGetHandle(), Events = events };
            return Poll(&poll, 1, timeoutMilliseconds) > 0;
        }
        finally
        {
            fd.DangerousRelease();
        }
    }

    /// <summary>Makes reads and writes say EAGAIN instead of waiting. There are no other flags on our ends of pipes.</summary>
    public static void SetNonBlocking(SafeFileHandle fd) => ThrowIfFailed(Fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");

    /// <summary>Moves bytes between a pipe and something else without copying them and without waiting.</summary>
    public static nint Splice(SafeHandle from, SafeHandle to, nuint count) => Splice(from, null, to, null, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    /// <summary>Waits until a child of ours has ended, and leaves it a zombie so that its pid cannot be given to another.</summary>
    public static void WaitUntilEnded(int pid)
    {
        var info = stackalloc byte[128];
        while (WaitId(P_PID, pid, info, WEXITED | WNOWAIT) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }

    /// <summary>Makes every descriptor of this process from <paramref name="first"/> on close itself in children.</summary>
    public static void CloseOnExecFrom(int first) =>
        ThrowIfFailed(Syscall(SysCloseRange, first, unchecked((nint)uint.MaxValue), CLOSE_RANGE_CLOEXEC, 0, 0), "close_range");

    /// <summary>A handle on a process that can never mean another one; invalid when the process is gone.</summary>
    public static SafeFileHandle PidfdOpen(int pid) => new(Syscall(SysPidfdOpen, pid, 0, 0, 0, 0), ownsHandle: true);

    /// <summary>The version of Landlock that the kernel has; negative when it has none, or it is switched off.</summary>
    public static int GetLandlockVersion() => (int)Syscall(SysLandlockCreateRuleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION, 0, 0);

    public static bool PidfdSendSignal(SafeFileHandle pidfd, int signal) =>
        Syscall(SysPidfdSendSignal, pidfd.DangerousGetHandle(), signal, 0, 0, 0) == 0;

    /// <summary>A detached copy of the mounts at and below a path; invalid on failure.</summary>
    public static SafeFileHandle OpenTree(string path)
    {
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            // No link on the way: another plugin may be putting one there at this very moment.
            var how = stackalloc ulong[] { O_PATH | (ulong)O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
            using var place = new SafeFileHandle(Syscall(SysOpenAt2, AT_FDCWD, name, (nint)how, 3 * sizeof(ulong), 0), ownsHandle: true);
            if (place.IsInvalid) return new SafeFileHandle(-1, ownsHandle: false);
            byte empty = 0;
            return new SafeFileHandle(
                Syscall(SysOpenTree, place.DangerousGetHandle(), (nint)(&empty), OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH, 0, 0), ownsHandle: true);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    public static int MountSetattr(SafeFileHandle tree, in MountAttributes attributes)
    {
        fixed (MountAttributes* pointer = &attributes)
        {
            byte empty = 0;
            return (int)Syscall(SysMountSetattr, tree.DangerousGetHandle(), (nint)(&empty), AT_EMPTY_PATH | AT_RECURSIVE, (nint)pointer, sizeof(MountAttributes));
        }
    }

    public static int MoveMount(SafeFileHandle tree, string target)
    {
        var name = Marshal.StringToCoTaskMemUTF8(target);
        try
        {
            byte empty = 0;
            return (int)Syscall(SysMoveMount, tree.DangerousGetHandle(), (nint)(&empty), AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    public static void ThrowIfFailed(nint result, string call)
    {
        if (result < 0)
        {
            throw LastError(call);
        }
    }

    public static IOException LastError(string call) => Error(call, Marshal.GetLastPInvokeError());

    public static IOException Error(string call, int errno) => new($"{call}: {Marshal.GetPInvokeErrorMessage(errno)} ({errno})");

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct FolderEntry(bool IsFolder, long Length);

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct FileOwner(uint UserId, uint GroupId, ushort Mode);

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct FileIdentity(ulong Device, ulong Inode);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short ReturnedEvents;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct MountAttributes
    {
        public const ulong NoSetuid = 2;
        public const ulong NoDevices = 4;
        public const ulong IdMap = 0x0010_0000;

        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint Splice(SafeHandle from, long* fromOffset, SafeHandle to, long* toOffset, nuint count, uint flags);
}
