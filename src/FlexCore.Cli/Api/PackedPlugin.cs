using System.Formats.Tar;
using System.IO.Compression;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Api;

/// <summary>A plugin of this machine as it is sent: an archive as it is, a folder as tar.gz.</summary>
internal static class PackedPlugin
{
    /// <summary>Opens it for reading.</summary>
    /// <exception cref="FlexCoreException">It cannot be read.</exception>
    public static async Task<Stream> OpenAsync(string source, CancellationToken cancellationToken)
    {
        try
        {
            return Directory.Exists(source) ? await PackAsync(source, cancellationToken) : File.OpenRead(source);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"{source} cannot be read: {e.Message}"), e);
        }
    }

    private static async Task<Stream> PackAsync(string folder, CancellationToken cancellationToken)
    {
        var packed = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await TarFile.CreateFromDirectoryAsync(folder, gzip, includeBaseDirectory: false, cancellationToken);
        packed.Position = 0;
        return packed;
    }
}
