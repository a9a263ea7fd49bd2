using System.Security.Cryptography;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Sync;

/// <summary>A key of 32 random bytes in a file that only its owner reads, made when it is first wanted.</summary>
internal sealed class KeyFile(string path)
{
    private const int Bytes = 32;
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public bool Exists => File.Exists(path);

    /// <summary>Reads the key, or makes it.</summary>
    public byte[] Read()
    {
        try
        {
            if (!Exists) Make();
            var key = File.ReadAllBytes(path);
            return key.Length == Bytes ? key : throw new FlexCoreException(new Error(ErrorCodes.StoreUnusable, $"{path} is not a key of {Bytes} bytes", SpecificRemedy: "Bring back the file that was there. Without it masked values no longer match earlier ones."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"{path} cannot be read or made: {e.Message}"), e);
        }
    }

    private void Make()
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
            // Never over one that another process has just made: it may be in use already.
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }
    }
}
