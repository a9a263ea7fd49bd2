using System.Globalization;
using System.Runtime.CompilerServices;
using FlexCore.Infrastructure.Persistence;

namespace FlexCore.Infrastructure.Files;

/// <summary>
/// Files in a folder of this machine, which any number of processes may use. A file is written aside, made durable, and put into its place at one moment. Folders have a dot at the end of their names, which no name has, so that
/// <c>a</c> and <c>a/b</c> can both be there. Links in the folder are not followed.
/// </summary>
public sealed class LocalFileStore : IFileStore
{
    private const int CopyBytes = 128 * 1024;

    // How often a folder is made again that somebody else removes because it is empty.
    private const int MostTries = 100;

    private readonly string _root;
    private readonly string _prefix;
    private readonly LocalUploads _uploads;
    private readonly LocalLinks? _links;

    internal LocalFileStore(FilesOptions options, TimeProvider time)
    {
        (_root, _prefix) = (Path.GetFullPath(options.Local.Path), options.Folder);
        _uploads = new LocalUploads(Path.Combine(_root, "uploads"), time);
        _links = options.Local.LinkKey.Length == 0 ? null : new LocalLinks(options.Local.LinkAddress, options.Local.LinkKey, time);
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        var file = await OfStoreAsync(() => _uploads.CreateAsync(cancellationToken));
        try
        {
            await using (file)
            {
                var buffer = new byte[CopyBytes];
                while (await content.ReadAsync(buffer, cancellationToken) is var read and > 0)
                {
                    OfStore(() => file.Write(buffer, 0, read));
                    cancellationToken.ThrowIfCancellationRequested();
                }

                OfStore(() =>
                {
                    file.Flush(flushToDisk: true);
                    File.SetLastWriteTimeUtc(file.SafeFileHandle, _uploads.NextTime());
                });
            }

            OfStore(() => Publish(file.Name, _prefix + name));
        }
        catch
        {
            File.Delete(file.Name);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<FileContent?> OpenAsync(string name, FileRange? range, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        FileRanges.Check(range);
        return ValueTask.FromResult(OfStore(() =>
        {
            if (OpenFile(name) is not { } file) return null;
            var known = Describe(name, file);
            var (from, length) = FileRanges.Within(range, known.Length);
            return new FileContent(known, new FileSlice(file, from, length));
        }));
    }

    /// <inheritdoc/>
    public ValueTask<StoredFile?> FindAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        return ValueTask.FromResult(OfStore(() =>
        {
            using var file = OpenFile(name);
            return file is null ? null : Describe(name, file);
        }));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileNames.CheckPrefix(prefix);
        var all = _prefix + prefix;
        var above = all[..(all.LastIndexOf('/') + 1)];
        using var walk = OfStore(() => FindFolder(above)) is { } folder ? Walk(folder, above, all).GetEnumerator() : Enumerable.Empty<StoredFile>().GetEnumerator();
        while (OfStore(walk.MoveNext))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return walk.Current;
        }

        // Nothing here waits for anything.
        await ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        FileNames.Check(name);
        OfStore(() => Delete(_prefix + name));
        return default;
    }

    /// <inheritdoc/>
    public async ValueTask<long> DeleteAllAsync(string prefix, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var file in ListAsync(prefix, cancellationToken))
        {
            await DeleteAsync(file.Name, cancellationToken);
            count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public FileLink CreateLink(string name, FileLinkUse use, TimeSpan validFor)
    {
        FileNames.Check(name);
        FileLinks.CheckTime(validFor);
        return (_links ?? throw FileLinks.NoKey("Local:LinkKey and Local:LinkAddress")).Create(name, use, validFor);
    }

    /// <summary>Whether a link of this store permits a request, now. Whoever serves the links asks this before anything else.</summary>
    /// <param name="name">The name in its path, decoded.</param>
    /// <param name="use">What is asked for.</param>
    /// <param name="expires">The value of <c>expires</c> in its query.</param>
    /// <param name="signature">The value of <c>signature</c>.</param>
    public bool IsPermitted(string name, FileLinkUse use, string expires, string signature) => _links?.IsValid(name, use, expires, signature) == true;

    /// <inheritdoc/>
    public ValueTask<string> CheckHealthAsync(CancellationToken cancellationToken) => ValueTask.FromResult(OfStore(() =>
    {
        using var root = LocalFolder.Open(_root, isMade: true);
        return FormattableString.Invariant($"{new DriveInfo(_root).AvailableFreeSpace / (1024 * 1024)} MiB are free");
    }));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _uploads.Dispose();
        return default;
    }

    private static string LeafOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string[] FoldersOf(string name) => name.Split('/')[..^1];

    private static StoredFile Describe(string name, FileStream file)
    {
        var modified = File.GetLastWriteTimeUtc(file.SafeFileHandle);
        return new StoredFile(name, file.Length, string.Create(CultureInfo.InvariantCulture, $"{modified.Ticks:x}-{file.Length:x}"), new DateTimeOffset(modified));
    }

    private FileStream? OpenFile(string name)
    {
        using var folder = FindFolder(_prefix + name);
        return folder?.OpenFile(LeafOf(name));
    }

    /// <summary>The folder that has a name, if it is there.</summary>
    private LocalFolder? FindFolder(string name) => Descend(name, isMade: false);

    private LocalFolder? Descend(string name, bool isMade)
    {
        var folder = LocalFolder.Open(Path.Combine(_root, "files"), isMade);
        foreach (var segment in FoldersOf(name))
        {
            using var above = folder;
            folder = above?.OpenFolder($"{segment}.", isMade);
        }

        return folder;
    }

    private void Publish(string written, string name)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var folder = Descend(name, isMade: true) ?? throw new DirectoryNotFoundException($"a link or a file is in the place of a folder of '{name}'");
                File.Move(written, $"{folder.Path}/{LeafOf(name)}", overwrite: true);
                folder.Sync();
                return;
            }
            catch (IOException e) when (e is DirectoryNotFoundException or FileNotFoundException && attempt < MostTries)
            {
                // The folder was removed meanwhile, as the last file in it was deleted.
            }
        }
    }

    private void Delete(string name)
    {
        using (var folder = FindFolder(name))
        {
            if (folder is null) return;
            File.Delete($"{folder.Path}/{LeafOf(name)}");
            folder.Sync();
        }

        for (var above = string.Join('/', FoldersOf(name)); above.Length > 0; above = string.Join('/', FoldersOf(above)))
        {
            using var folder = FindFolder(above);
            if (folder is null || !folder.RemoveIfEmpty($"{LeafOf(above)}.")) return;
        }
    }

    private IEnumerable<StoredFile> Walk(LocalFolder open, string above, string wanted)
    {
        using var folder = open;
        foreach (var (name, isFolder) in folder.Entries().Select(entry => (Name: above + (entry.EndsWith('.') ? $"{entry[..^1]}/" : entry), IsFolder: entry.EndsWith('.'))).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (isFolder)
            {
                // Either all of it is wanted, or what is wanted is in it.
                var isOnTheWay = name.StartsWith(wanted, StringComparison.Ordinal) || wanted.StartsWith(name, StringComparison.Ordinal);
                if (!isOnTheWay || folder.OpenFolder($"{LeafOf(name[..^1])}.", isMade: false) is not { } inner) continue;
                foreach (var file in Walk(inner, name, wanted)) yield return file;
            }
            else if (name.StartsWith(wanted, StringComparison.Ordinal) && FileNames.IsName(name[_prefix.Length..]))
            {
                using var file = folder.OpenFile(LeafOf(name));
                if (file is not null) yield return Describe(name[_prefix.Length..], file);
            }
        }
    }

    private void OfStore(Action work) => OfStore(() =>
    {
        work();
        return true;
    });

    private T OfStore<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed($"the folder {_root}", e);
        }
    }

    private async ValueTask<T> OfStoreAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (DurableFiles.IsFailure(e))
        {
            throw DurableFiles.Failed($"the folder {_root}", e);
        }
    }
}
