using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>
/// The folder that the plugins of one attempt of a step share. A lock (flock) on a file beside it ends with the process that holds it, however that ends: a folder whose lock
/// nobody holds was left by one that was killed.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string LockSuffix = ".lock";

    private readonly FileStream _lock;

    private WorkFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>On the host.</summary>
    public string Path { get; }

    /// <summary>Makes one that no other attempt has.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static WorkFolder Create(string parent, string name)
    {
        Directory.CreateDirectory(parent);
        var path = System.IO.Path.Combine(parent, $"{name}.{Guid.CreateVersion7():n}");

        // It gets its name when it is held: nobody finds it before.
        var held = new FileStream(path + ".new", FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        File.Move(path + ".new", path + LockSuffix);
        Make(path);
        return new WorkFolder(path, held);
    }

    /// <summary>Makes a folder in which plugins work, with what belongs into it.</summary>
    public static string Make(string path)
    {
        foreach (var folder in (string[])[path, System.IO.Path.Combine(path, ArtifactFolder.Name)]) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Removes what processes have left that were killed.</summary>
    /// <exception cref="IOException">Something of it is still there.</exception>
    public static async Task RemoveAbandonedAsync(string parent)
    {
        if (!Directory.Exists(parent)) return;
        foreach (var path in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            if (TryHold(path) is not { } held) continue;
            using var folder = new WorkFolder(path[..^LockSuffix.Length], held);
            await folder.RemoveAsync();
        }
    }

    /// <summary>Removes it with all that is in it.</summary>
    /// <exception cref="IOException">Something of it is still there; it is removed later.</exception>
    public async Task RemoveAsync()
    {
        await UntrustedFiles.RemoveFolderAsync(Path);
        File.Delete(Path + LockSuffix);
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (IOException)
        {
            return null; // It is held, or has gone meanwhile.
        }
    }
}
