using System.Runtime.InteropServices;

namespace FlexCore.Infrastructure.Files;

/// <summary>
/// Files by name, in a folder, in S3 or in Azure's blob storage; for those who use it there is no difference between them.
/// <list type="bullet">
/// <item>A name is a path as <c>reports/2026/march.csv</c>: segments of 1 to 200 bytes with <c>/</c> between them, 900 bytes in all as UTF-8, 100 segments at most. No segment ends with a dot or begins or ends with a space; there
/// are no backslashes, no control characters and none beyond U+FFFD. Upper and lower case are different. What breaks this is refused with FX1014 before anything is asked of a store. <c>a</c> and <c>a/b</c> can both be there.</item>
/// <item>A file is there as a whole or not at all, before and after it is replaced: who reads gets the old content or the new one, and a put that is cut off, however it ends, leaves what was there.</item>
/// <item>Of two puts of a name at once one is what is there afterwards; the other one may fail with FX5015.</item>
/// <item>What was put is found at once by everybody, also in lists.</item>
/// </list>
/// Failures are <see cref="Domain.Errors.FlexCoreException"/>: FX5010 to FX5016 of a system outside, FX3003 and FX3004 of a folder.
/// </summary>
public interface IFileStore : IAsyncDisposable
{
    /// <summary>Puts a file there, in the place of the one of this name. Of content of any length no more than a part is in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Is read to its end, and not disposed. What it throws comes through as it is.</param>
    /// <param name="cancellationToken">Cuts the put off.</param>
    ValueTask PutAsync(string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading. Who reads goes on with it as it was, also where it is replaced meanwhile.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="range">The bytes that are wanted; null for all.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Null where there is none.</returns>
    ValueTask<FileContent?> OpenAsync(string name, FileRange? range, CancellationToken cancellationToken);

    /// <summary>What is known of a file.</summary>
    /// <returns>Null where there is none.</returns>
    ValueTask<StoredFile?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All files whose names begin so, in the order of their names' characters (ordinal); page by page underneath.</summary>
    /// <param name="prefix">The beginning, as <c>reports/</c>; empty for all files.</param>
    /// <param name="cancellationToken">The caller's.</param>
    IAsyncEnumerable<StoredFile> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes a file. One that is not there is no error.</summary>
    ValueTask DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes all files whose names begin so. Cut off, it has deleted some of them.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<long> DeleteAllAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>A link with which anybody can read or put this one file over HTTP until it ends. Whether there is such a file is not looked at.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="validFor">How long, 1 second to 7 days.</param>
    /// <exception cref="InvalidOperationException">The store was not given what links are signed with.</exception>
    FileLink CreateLink(string name, FileLinkUse use, TimeSpan validFor);

    /// <summary>Looks whether the store answers.</summary>
    /// <returns>What it has found, for people.</returns>
    ValueTask<string> CheckHealthAsync(CancellationToken cancellationToken);
}

/// <summary>What is known of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="ETag">Stands for this content under this name: another put makes another one. Without quotes.</param>
/// <param name="Modified">When it was put there.</param>
public sealed record StoredFile(string Name, long Length, string ETag, DateTimeOffset Modified)
{
    /// <summary>The type of its content, as the end of its name says; <c>application/octet-stream</c> where that says nothing.</summary>
    public string ContentType => FileTypes.Of(Name);
}

/// <summary>Some of the bytes of a file. What is beyond its end is not there, which is no error.</summary>
/// <param name="From">The first one, counted from 0.</param>
/// <param name="Length">How many; null for all that follow.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileRange(long From, long? Length = null);

/// <summary>A file, open.</summary>
/// <param name="file">What is known of it as a whole.</param>
/// <param name="stream">The bytes that were asked for.</param>
public sealed class FileContent(StoredFile file, Stream stream) : IAsyncDisposable
{
    /// <summary>What is known of the file as a whole.</summary>
    public StoredFile File => file;

    /// <summary>The bytes that were asked for. Reading fails, and does not merely end, where the store ends before all of them are there.</summary>
    public Stream Stream => stream;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}

/// <summary>What a link is for.</summary>
public enum FileLinkUse
{
    /// <summary>To read the file.</summary>
    Get,

    /// <summary>To put it there.</summary>
    Put,
}

/// <summary>A link to one file.</summary>
/// <param name="Address">Whoever has it can use it until it ends.</param>
/// <param name="Use">What it is for; the method of the request.</param>
/// <param name="Headers">What the request must have beside it.</param>
public sealed record FileLink(Uri Address, FileLinkUse Use, IReadOnlyDictionary<string, string> Headers);
