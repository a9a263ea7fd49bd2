using System.Security.Cryptography;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Erasure;

/// <summary>The key under which the keys of personal data are wrapped: as it was set, or in a file of the data directory, made at the first use.</summary>
internal sealed class MasterKeyFile(string path, ReadOnlyMemory<byte>? set)
{
    private const int Bytes = 32;

    public ReadOnlyMemory<byte> Read()
    {
        if (set is { } key) return key;
        try
        {
            if (!File.Exists(path)) Make();
            var kept = File.ReadAllBytes(path);
            return kept.Length == Bytes ? kept : throw new FlexCoreException(new Error(ErrorCodes.MasterKeyWrong, $"{path} is not a key of {Bytes} bytes"));
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private void Make()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, DataDirectory.OwnerOnly);
        var fresh = $"{path}.{Guid.CreateVersion7():n}";
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = DataDirectory.OwnerReadsAndWrites }))
        {
            file.Write(RandomNumberGenerator.GetBytes(Bytes));
            file.Flush(flushToDisk: true);
        }

        try
        {
            // Never over one that another process has just made: keys may be wrapped under it already.
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }
    }
}
