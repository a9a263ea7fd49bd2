using System.Formats.Tar;
using System.IO.Compression;
using FlexCore.Domain;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Manifests;

/// <summary>
/// Unpacks a plugin that came as one file: zip, tar or tar compressed by gzip. A stranger made it, so it is taken for an attack: only files and folders with
/// plain names come out of it, each of them once, and not more than a plugin can be.
/// </summary>
internal static class PluginArchive
{
    public const int MaxEntries = 20_000;
    public const long MaxBytes = 512L << 20;

    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Unpacks into a folder that does not exist yet.</summary>
    /// <returns>The folder in which the plugin lies: that one, or the only one in it.</returns>
    /// <exception cref="InvalidDataException">It is no archive, or holds what no plugin needs.</exception>
    /// <exception cref="IOException">It cannot be read, or its files cannot be written.</exception>
    public static async Task<string> UnpackAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        await using var file = UntrustedFiles.OpenRead(archive) ?? throw new InvalidDataException("it is not a file");
        Directory.CreateDirectory(folder);
        var magic = new byte[4];
        var count = await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
        file.Position = 0;
        var destination = new Destination(folder);
        try
        {
            if (count == magic.Length && magic.AsSpan().StartsWith("PK"u8)) await UnpackZipAsync(file, destination, cancellationToken);
            else if (magic is [0x1F, 0x8B, ..]) await UnpackTarAsync(new GZipStream(file, CompressionMode.Decompress), destination, cancellationToken);
            else await UnpackTarAsync(file, destination, cancellationToken);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidOperationException or ArgumentException or FormatException or NotSupportedException)
        {
            throw new InvalidDataException($"it is no zip, tar or tar.gz, or is damaged: {e.Message}", e);
        }

        if (File.Exists(Path.Combine(folder, ManifestReader.FileName))) return folder;
        return Directory.GetFileSystemEntries(folder) is [var only] && File.Exists(Path.Combine(only, ManifestReader.FileName))
            ? only
            : throw new InvalidDataException($"there is no {ManifestReader.FileName} at its top, nor in its only folder");
    }

    private static async Task UnpackZipAsync(Stream file, Destination destination, CancellationToken cancellationToken)
    {
        await using var zip = new ZipArchive(file);
        foreach (var entry in zip.Entries)
        {
            var mode = entry.ExternalAttributes >> 16;
            if ((mode & FileTypeMask) is not (0 or RegularFile or Folder)) throw Refuse(entry.FullName, "is neither a file nor a folder");
            if (destination.Place(entry.FullName) is not { } path || entry.FullName.EndsWith('/')) continue;
            await using var content = await entry.OpenAsync(cancellationToken);
            await destination.WriteAsync(path, content, (UnixFileMode)mode, cancellationToken);
        }
    }

    private static async Task UnpackTarAsync(Stream file, Destination destination, CancellationToken cancellationToken)
    {
        // With its headers and what is passed over: the library keeps a header in memory, however large it says it is.
        await using var limited = new LimitedStream(file, MaxBytes, TooLarge);
        await using var tar = new TarReader(limited);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile or TarEntryType.Directory)) throw Refuse(entry.Name, "is neither a file nor a folder");
            if (destination.Place(entry.Name) is not { } path || entry.EntryType == TarEntryType.Directory) continue;
            await destination.WriteAsync(path, entry.DataStream ?? Stream.Null, entry.Mode, cancellationToken);
        }
    }

    private static InvalidDataException TooLarge() => new($"what is in it is more than {MaxBytes >> 20} MiB");

    private static InvalidDataException Refuse(string entry, string reason) => new($"'{Printable.Escape(entry)}' in it {reason}");

    /// <summary>Where the entries of one archive go.</summary>
    private sealed class Destination(string folder)
    {
        private int _entries;
        private long _bytes;

        /// <summary>The path of an entry, whose folder is made; null for what is no part of a plugin.</summary>
        public string? Place(string name)
        {
            if (++_entries > MaxEntries) throw new InvalidDataException($"it has more than {MaxEntries} entries");
            var parts = name.TrimEnd('/').Split('/');
            if (parts[0] == "." && parts.Length > 1) parts = parts[1..];
            if (parts is ["."]) return null;
            if (parts.Any(part => part is "" or "." or ".." || part.Contains('\\', StringComparison.Ordinal) || Printable.Escape(part) != part)) throw Refuse(name, "has a name that leads elsewhere");
            if (parts.Length > PluginFiles.MaxDepth) throw Refuse(name, $"is nested more than {PluginFiles.MaxDepth} levels deep");
            if (parts.Any(PluginFiles.IsNoPart)) return null;

            // An archive can have a name twice, for who checks the one and runs the other.
            var path = Path.Combine([folder, .. parts]);
            if (File.Exists(path) || Ancestors(path).Any(File.Exists)) throw Refuse(name, "is there twice");
            Directory.CreateDirectory(name.EndsWith('/') ? path : Path.GetDirectoryName(path)!);
            return path;
        }

        /// <summary>Writes an entry's file. Of the mode only that it can be executed is taken: no archive makes a program that runs as its owner.</summary>
        public async Task WriteAsync(string path, Stream content, UnixFileMode mode, CancellationToken cancellationToken)
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = (mode & PluginFiles.AnyExecute) == UnixFileMode.None ? Readable : Readable | PluginFiles.AnyExecute,
            };
            await using var file = new FileStream(path, options);
            var buffer = new byte[1 << 16];
            int count;

            // What the archive says of its sizes is not believed.
            while ((count = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if ((_bytes += count) > MaxBytes) throw TooLarge();
                await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }

        private IEnumerable<string> Ancestors(string path)
        {
            for (var parent = Path.GetDirectoryName(path)!; parent.Length > folder.Length; parent = Path.GetDirectoryName(parent)!) yield return parent;
        }
    }
}
