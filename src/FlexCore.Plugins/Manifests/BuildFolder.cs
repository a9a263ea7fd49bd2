using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>
/// A folder that is being filled. Beside it lies a file with a lock (flock), which ends with the process that holds it, however that ends: a folder is whole once
/// that file is gone, and one whose file nobody holds was left by a process that was killed.
/// </summary>
internal sealed class BuildFolder : IAsyncDisposable
{
    private const string LockSuffix = ".building";

    private readonly FileStream _lock;
    private bool _isWhole;

    private BuildFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Takes a name that no other folder has; the folder is not there yet.</summary>
    /// <exception cref="IOException">It cannot be taken.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be taken.</exception>
    public static BuildFolder Reserve(string parent, string name)
    {
        Directory.CreateDirectory(parent);
        var fresh = System.IO.Path.Combine(parent, $".{Guid.CreateVersion7():n}");
        var held = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var count = 1; ; count++)
        {
            var path = System.IO.Path.Combine(parent, count == 1 ? name : $"{name}.{count}");
            if (System.IO.Path.Exists(path) || File.Exists(path + LockSuffix)) continue;
            try
            {
                // It gets its name when it is held: nobody finds it before.
                File.Move(fresh, path + LockSuffix);
            }
            catch (IOException) when (File.Exists(fresh) && File.Exists(path + LockSuffix))
            {
                continue; // Somebody else was quicker.
            }

            return new BuildFolder(path, held);
        }
    }

    /// <summary>Whether nothing is missing in a folder.</summary>
    public static bool IsWhole(string path) => !File.Exists(path + LockSuffix);

    /// <summary>Removes what killed processes have left.</summary>
    /// <exception cref="IOException">Something of it is still there.</exception>
    public static async Task RemoveAbandonedAsync(string parent)
    {
        if (!Directory.Exists(parent)) return;
        foreach (var path in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            // Without its file it has become whole since the list was made.
            if (TryHold(path) is { } held && File.Exists(path)) await new BuildFolder(path[..^LockSuffix.Length], held).DisposeAsync();
        }
    }

    /// <summary>All is in it.</summary>
    public void Complete()
    {
        File.Delete(Path + LockSuffix);
        _isWhole = true;
    }

    /// <summary>Removes it, unless it is whole.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (_lock)
        {
            if (_isWhole) return;
            await UntrustedFiles.RemoveFolderAsync(Path);
            File.Delete(Path + LockSuffix);
        }
    }

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
