using System.Security.Cryptography;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// The project's key for <c>mask: hmac</c>: 32 random bytes in <c>keys/mask.key</c> of the data directory, made when a map first
/// wants it. Without it masked values can be neither guessed from outside nor matched with earlier ones.
/// </summary>
internal sealed class MaskKey(string dataDirectory)
{
    private const int Bytes = 32;
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes it.</summary>
    public byte[] Read()
    {
        var path = Path.Combine(dataDirectory, "keys", "mask.key");
        try
        {
            if (!File.Exists(path)) Make(path);
            var key = File.ReadAllBytes(path);
            return key.Length == Bytes ? key : throw new FlexCoreException(new Error(ErrorCodes.StoreUnusable, $"{path} is not a key of {Bytes} bytes", SpecificRemedy: "Bring back the file that was there. Without it masked values no longer match earlier ones."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"{path} cannot be read or made: {e.Message}"), e);
        }
    }

    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerReads | UnixFileMode.UserExecute);
        var fresh = $"{path}.{Guid.CreateVersion7():n}";
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerReads }))
        {
            file.Write(RandomNumberGenerator.GetBytes(Bytes));
            file.Flush(flushToDisk: true);
        }

        try
        {
            // Never over one that another process has just made: values may be masked with it already.
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }
    }
}
