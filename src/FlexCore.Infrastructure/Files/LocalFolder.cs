using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Infrastructure.Files;

/// <summary>A folder, open. What is opened from here is in it, and never what a link in it leads to: whoever can make links in a store must not reach other files by it.</summary>
internal sealed partial class LocalFolder : IDisposable
{
    private const int NoFollow = 0x20000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Folder = 0x10000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const int NotThere = 2;
    private const int NoFolder = 20;
    private const int IsLink = 40;
    private const int NoDevice = 6;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private readonly SafeFileHandle _folder;

    private LocalFolder(SafeFileHandle folder) => _folder = folder;

    /// <summary>A path by which the methods of .NET find it, wherever it is moved.</summary>
    public string Path => $"/proc/self/fd/{_folder.DangerousGetHandle()}";

    /// <summary>Opens one by its path, in which there may be links.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isMade">Whether it is made where it is not there.</param>
    /// <returns>Null where there is none.</returns>
    public static LocalFolder? Open(string path, bool isMade)
    {
        if (isMade) Directory.CreateDirectory(path, OwnerOnly);
        return Of(OpenAt(-1, System.IO.Path.GetFullPath(path), Folder | CloseOnExec), path);
    }

    /// <summary>Opens a folder in this one.</summary>
    public LocalFolder? OpenFolder(string name, bool isMade)
    {
        if (Of(OpenAt(_folder, name, Folder | NoFollow | CloseOnExec), name) is { } there) return there;
        if (!isMade) return null;
        Directory.CreateDirectory($"{Path}/{name}", OwnerOnly);
        Sync();
        return Of(OpenAt(_folder, name, Folder | NoFollow | CloseOnExec), name);
    }

    /// <summary>Opens a file in this folder for reading.</summary>
    /// <returns>Null where there is none, or something that is no file.</returns>
    public FileStream? OpenFile(string name)
    {
        var file = OpenAt(_folder, name, NoFollow | NonBlocking | CloseOnExec);
        if (file.IsInvalid)
        {
            Refuse(file, name);
            return null;
        }

        // A file has a length, and is no folder.
        if (!File.GetAttributes(file).HasFlag(FileAttributes.Directory))
        {
            var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
            if (stream.CanSeek) return stream;
        }

        file.Dispose();
        return null;
    }

    /// <summary>The names of all that is in it, whatever that is.</summary>
    public IReadOnlyList<string> Entries() => [.. new DirectoryInfo($"{Path}/").EnumerateFileSystemInfos("*", Everything).Select(entry => entry.Name)];

    /// <summary>Removes a folder in this one, if there is nothing in it.</summary>
    public bool RemoveIfEmpty(string name)
    {
        try
        {
            Directory.Delete($"{Path}/{name}");
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Makes durable what it has.</summary>
    public void Sync()
    {
        if (Sync(_folder) != 0) throw new IOException($"a folder cannot be made durable: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose() => _folder.Dispose();

    private static LocalFolder? Of(SafeFileHandle folder, string name)
    {
        if (!folder.IsInvalid) return new LocalFolder(folder);
        Refuse(folder, name);
        return null;
    }

    // That something is not there, or is a link or a socket in its place, is an answer.
    private static void Refuse(SafeFileHandle file, string name)
    {
        var (error, message) = (Marshal.GetLastPInvokeError(), Marshal.GetLastPInvokeErrorMessage());
        file.Dispose();
        if (error is not (NotThere or NoFolder or IsLink or NoDevice)) throw new IOException($"'{name}' cannot be opened: {message}", error);
    }

    private static SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags)
    {
        var isHeld = false;
        try
        {
            folder.DangerousAddRef(ref isHeld);
            return OpenAt((int)folder.DangerousGetHandle(), name, flags);
        }
        finally
        {
            if (isHeld) folder.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(int folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
