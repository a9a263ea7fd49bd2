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

    /// <summary>Whether the operating system has refused a file.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The failure in the words of the error registry.</summary>
    public static FlexCoreException Failed(Exception e) => new(
        new Error(
            e.HResult == NoSpaceLeft ? ErrorCodes.DiskFull : ErrorCodes.StoreUnavailable,
            e.HResult == NoSpaceLeft ? "the disk of the data directory is full" : $"the data directory cannot be written: {e.Message}"),
        e);
}
