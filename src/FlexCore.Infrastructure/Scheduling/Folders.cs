using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Scheduling;

/// <summary>Folders as the system shows them. Links count as what they lead to.</summary>
internal sealed class Folders : IFolders
{
    private static readonly EnumerationOptions Options = new() { MatchType = MatchType.Simple, MatchCasing = MatchCasing.CaseSensitive, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    public IReadOnlyList<FileMark> List(string pattern, int limit)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(pattern)!);
        try
        {
            return folder.Exists
                ? [.. folder.EnumerateFiles(Path.GetFileName(pattern), Options).Where(file => file.Name[0] != '.').Take(limit).Select(Mark).OfType<FileMark>()]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"{folder.FullName} cannot be looked into for files that arrive: {e.Message}"), e);
        }
    }

    private static FileMark? Mark(FileInfo file)
    {
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return target.Exists ? new FileMark(file.FullName, new DateTimeOffset(target.LastWriteTimeUtc), target.Length) : null;
    }
}
