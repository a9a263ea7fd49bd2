namespace FlexCore.Application.Ports;

/// <summary>Folders of this machine in which files arrive.</summary>
public interface IFolders
{
    /// <summary>The files that fit a pattern, without those whose names begin with a dot; none where the folder is not there.</summary>
    /// <param name="pattern">An absolute path of which the last part may have <c>*</c> and <c>?</c>.</param>
    /// <param name="limit">At most so many.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">The folder cannot be read.</exception>
    IReadOnlyList<FileMark> List(string pattern, int limit);
}

/// <summary>One state of one file.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="ChangedAt">When it was written last.</param>
/// <param name="Size">In bytes.</param>
public sealed record FileMark(string Path, DateTimeOffset ChangedAt, long Size);
