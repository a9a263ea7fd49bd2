using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Output;

/// <summary>Files that commands write.</summary>
internal static class OwnFile
{
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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
