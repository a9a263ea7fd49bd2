using System.IO.Enumeration;

namespace FlexCore.Sandbox.Limits;

/// <summary>How much a folder holds that a program may write meanwhile, and fill with anything. No link is followed.</summary>
internal sealed class FolderSize : FileSystemEnumerator<long>
{
    private const long SmallestBytes = 4096;
    private const int NameTooLong = 36;

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    private bool _isTooDeep;

    private FolderSize(string folder)
        : base(folder, Everything)
    {
    }

    /// <summary>The lengths of its files, and of each entry at least 4 KiB; no more is counted once it is more than <paramref name="enough"/>.</summary>
    public static long Measure(string folder, long enough)
    {
        if (!Directory.Exists(folder)) return 0;
        using var entries = new FolderSize(folder);
        var total = 0L;
        while (total <= enough && entries.MoveNext()) total += entries.Current;

        // Folders nested so deeply that they have no path any more: nobody does so to keep files in them.
        return entries._isTooDeep ? long.MaxValue : total;
    }

    protected override long TransformEntry(ref FileSystemEntry entry) => Math.Max(entry.IsDirectory ? 0 : entry.Length, SmallestBytes);

    protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) => entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    protected override bool ContinueOnError(int error)
    {
        _isTooDeep |= error == NameTooLong;
        return true; // What is gone meanwhile takes no space.
    }
}
