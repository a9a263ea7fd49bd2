using System.Security.Cryptography;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Erasure;

/// <summary>The key under which the keys of personal data are wrapped: as it was set, or in a file of the data directory, made at the first use.</summary>
internal sealed class MasterKeyFile(string path, ReadOnlyMemory<byte>? set)
{
    private const int Bytes = 32;

    private readonly KeyFile _file = new(path, () => RandomNumberGenerator.GetBytes(Bytes));

    public ReadOnlyMemory<byte> Read()
    {
        if (set is { } key) return key;
        var kept = _file.Read();
        return kept.Length == Bytes ? kept : throw new FlexCoreException(new Error(ErrorCodes.MasterKeyWrong, $"{path} is not a key of {Bytes} bytes"));
    }
}
