using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure;

/// <summary>Whose the files of the data directory are, and what it means for the user when one cannot be used.</summary>
internal static class DataDirectory
{
    /// <summary>A folder for its owner alone.</summary>
    public const UnixFileMode OwnerOnly = OwnerReadsAndWrites | UnixFileMode.UserExecute;

    /// <summary>A file for its owner alone.</summary>
    public const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int NoSpaceLeft = 28;
    private const long LeastRoom = 256 * 1024 * 1024;

    /// <summary>Whether the operating system has refused a file.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>How much room there is.</summary>
    /// <exception cref="FlexCoreException">So little that what comes next may not find any.</exception>
    public static string CheckRoom(string dataDirectory)
    {
        var room = new DriveInfo(dataDirectory).AvailableFreeSpace / (1024 * 1024);
        return room * 1024 * 1024 >= LeastRoom ? $"{room} MiB are free" : throw new FlexCoreException(new Error(ErrorCodes.DiskFull, $"only {room} MiB are free where {dataDirectory} lies"));
    }

    /// <summary>The failure in the words of the error registry.</summary>
    public static FlexCoreException Failed(Exception e) => new(
        new Error(
            e.HResult == NoSpaceLeft ? ErrorCodes.DiskFull : ErrorCodes.StoreUnavailable,
            e.HResult == NoSpaceLeft ? "the disk of the data directory is full" : $"the data directory cannot be written: {e.Message}"),
        e);
}
