using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Backup;

/// <summary>A backup as one file: a tar (POSIX.1-2001), compressed by gzip, with the manifest first.</summary>
internal static class BackupFile
{
    private const long MostManifestBytes = 256L << 20;

    /// <summary>Packs a folder.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="folder">With all files that the manifest names.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task WriteAsync(Stream output, string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        await using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
        using (var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, BackupJson.Default.BackupManifest)))
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, BackupManifest.FileName) { DataStream = json, Mode = DataDirectory.OwnerReadsAndWrites }, cancellationToken);
        foreach (var file in manifest.Files) await tar.WriteEntryAsync(Path.Combine(folder, file.Path), file.Path, cancellationToken);
    }

    /// <summary>What a file is in a backup.</summary>
    /// <param name="folder">From which it is packed.</param>
    /// <param name="path">The file in it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<BackupEntry> DescribeAsync(string folder, string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(Path.Combine(folder, path)).LinkTarget is { } target) return new BackupEntry(path, 0, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target))), target);
        await using var content = File.OpenRead(Path.Combine(folder, path));
        return new BackupEntry(path, content.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)));
    }

    /// <summary>Unpacks into a folder, and checks every file.</summary>
    /// <exception cref="FlexCoreException">It is no backup that this program knows, or not as it was written.</exception>
    public static async Task<BackupManifest> ReadAsync(Stream input, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var tar = new TarReader(new GZipStream(input, CompressionMode.Decompress));
            var manifest = await ReadManifestAsync(await tar.GetNextEntryAsync(copyData: false, cancellationToken), cancellationToken);
            foreach (var file in manifest.Files)
            {
                var entry = await tar.GetNextEntryAsync(copyData: false, cancellationToken) ?? throw Damaged($"{file.Path} is missing: it was cut off");
                await UnpackAsync(entry, file, folder, cancellationToken);
            }

            // Last, so that no file goes through one.
            foreach (var link in manifest.Files.Where(file => file.Link is not null)) File.CreateSymbolicLink(PathOf(link, folder), link.Link!);

            return manifest;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or JsonException or NotSupportedException)
        {
            throw Damaged($"it is no backup, or damaged: {e.Message}");
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(TarEntry? entry, CancellationToken cancellationToken)
    {
        if (entry is not { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, Name: BackupManifest.FileName, Length: <= MostManifestBytes, DataStream: { } content }) throw Damaged($"it does not begin with {BackupManifest.FileName}");
        var manifest = await JsonSerializer.DeserializeAsync(content, BackupJson.Default.BackupManifest, cancellationToken) ?? throw Damaged($"{BackupManifest.FileName} is empty");
        if (manifest.Format != BackupManifest.Known || manifest.Store is not (BackupManifest.Sqlite or BackupManifest.Postgres)) throw Damaged($"it has format {manifest.Format} of a store {manifest.Store}, which this version does not know");
        return manifest;
    }

    private static async Task UnpackAsync(TarEntry entry, BackupEntry file, string folder, CancellationToken cancellationToken)
    {
        var isIt = file.Link is null ? entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.Length == file.Bytes : entry.EntryType == TarEntryType.SymbolicLink && entry.LinkName == file.Link;
        if (entry.Name != file.Path || !isIt) throw Damaged($"{file.Path} is not the file that {BackupManifest.FileName} tells of");
        var path = PathOf(file, folder);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, DataDirectory.OwnerOnly);
        if (file.Link is not null) return;
        await entry.ExtractToFileAsync(path, overwrite: false, cancellationToken);
        if ((await DescribeAsync(folder, file.Path, cancellationToken)).Sha256 != file.Sha256) throw Damaged($"{file.Path} is not as it was written");
    }

    /// <summary>Whoever has written it may have wished to write elsewhere.</summary>
    private static string PathOf(BackupEntry file, string folder)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file.Path));
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw Damaged($"{file.Path} lies outside of a data directory");
    }

    private static FlexCoreException Damaged(string what) => new(new Error(ErrorCodes.BackupUnusable, what));
}
