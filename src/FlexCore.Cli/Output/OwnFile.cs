using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Output;

/// <summary>Files that users name.</summary>
internal static class OwnFile
{
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens a file that is there.</summary>
    public static FileStream OpenRead(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>Writes a new one. Half of it could be taken for a whole one: it stays only when all is in it.</summary>
    public static async Task<T> WriteAsync<T>(string path, Func<Stream, Task<T>> write)
    {
        var output = Create(path);
        try
        {
            await using (output) return await write(output);
        }
        catch (Exception e)
        {
            File.Delete(path);
            if (e is IOException) throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be written: {e.Message}"), e);
            throw;
        }
    }

    // For its owner alone: events say what plugins were given, and where.
    public static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerReadsAndWrites });
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new FlexCoreException(new Error(ErrorCodes.AlreadyExists, $"the file {path} exists already"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be written: {e.Message}"), e);
        }
    }
}
