using System.Security.Cryptography;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// The project's key for <c>mask: hmac</c>. Without it masked values can be neither guessed from outside nor matched with earlier ones, so all nodes must have the same: that of <c>keys/mask.key</c> in the data directory,
/// or else one that follows from the master key. Only where one machine has the log, one is made when there is neither.
/// </summary>
internal sealed class MaskKey(string dataDirectory, StoreSettings store)
{
    private readonly KeyFile _own = new(Path.Combine(dataDirectory, "keys", "mask.key"));

    /// <summary>The key, of 32 bytes.</summary>
    /// <exception cref="FlexCoreException">Nodes on other machines would have another one.</exception>
    public byte[] Read()
    {
        if (_own.Exists) return _own.Read();
        if (store.MasterKey is { } master) return HKDF.DeriveKey(HashAlgorithmName.SHA256, master.ToArray(), 32, info: "flexcore mask.key"u8.ToArray());
        return store.Kind == StoreKind.Sqlite ? _own.Read() : throw new FlexCoreException(new Error(
            ErrorCodes.MissingKey, "masks need a key that all nodes share, or equal values would get other masks on each", SpecificRemedy: "Set FLEXCORE__STORE__MASTER_KEY for all nodes, to the same 32 bytes in base64; or copy keys/mask.key of one data directory to all."));
    }
}
