namespace FlexCore.EventStore;

/// <summary>Files of SQLite databases that their program makes, so that they have the mode that it wants.</summary>
public static class SqliteFile
{
    /// <summary>Makes an empty database file, if there is none.</summary>
    /// <remarks>
    /// The file that is there is never opened. SQLite's locks are the whole process's, and any descriptor of the file that the process closes lets go of them all (fcntl(2), F_SETLK): another
    /// process that ends would think itself the last one and delete the write-ahead log that this one goes on writing to. See https://sqlite.org/howtocorrupt.html, 2.2.
    /// </remarks>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="mode">Who may do what with it. SQLite gives the files beside it the same.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static void EnsureExists(string path, UnixFileMode mode)
    {
        if (File.Exists(path)) return;
        var fresh = $"{path}.{Guid.CreateVersion7():n}";
        new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }).Dispose();
        try
        {
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }
    }
}
