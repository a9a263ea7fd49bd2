using System.Security.Cryptography;

namespace FlexCore.EventStore.Checkpoints;

/// <summary>Keys in files.</summary>
internal static class Pem
{
    internal delegate int Importer(ECDsa key, ReadOnlySpan<byte> der);

    /// <exception cref="FormatException">There is no such key in the text.</exception>
    internal static ECDsa Read(string pem, string label, Importer import)
    {
        ArgumentNullException.ThrowIfNull(pem);
        var key = ECDsa.Create();
        try
        {
            if (PemEncoding.TryFind(pem, out var found) && pem[found.Label] == label)
            {
                var der = Convert.FromBase64String(pem[found.Base64Data]);
                if (import(key, der) == der.Length) return key;
            }
        }
        catch (CryptographicException)
        {
            // Said below.
        }

        key.Dispose();
        throw new FormatException($"This is not the PEM of a {label} of the curve P-256.");
    }
}
