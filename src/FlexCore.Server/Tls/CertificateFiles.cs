using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Tls;

/// <summary>A certificate with its key, as it lay in its files.</summary>
/// <param name="Context">What handshakes are made with: also the authorities between it and one that clients know.</param>
/// <param name="NotAfter">Until when it holds.</param>
internal sealed record LoadedCertificate(SslStreamCertificateContext Context, DateTimeOffset NotAfter);

/// <summary>The two files of a certificate and its key.</summary>
internal sealed class CertificateFiles(TlsSettings settings)
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Where the certificate is.</summary>
    public string Path => settings.Certificate;

    /// <summary>What lies in the files, to see whether that has changed; null while one of them cannot be read.</summary>
    public byte[]? Look()
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in (string[])[settings.Certificate, settings.Key])
            {
                hash.AppendData(SHA256.HashData(Read(file)));
            }

            return hash.GetHashAndReset();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FlexCoreException">They are not a certificate and its key.</exception>
    public LoadedCertificate Load()
    {
        try
        {
            var (chain, key) = (Text(settings.Certificate), Text(settings.Key));
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(chain);
            var certificate = X509Certificate2.CreateFromPem(chain, key);
            authorities.RemoveAt(0);

            // Nothing is fetched: what clients lack of the chain stands in the file.
            return new LoadedCertificate(SslStreamCertificateContext.Create(certificate, authorities, offline: true), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.CertificateUnusable, $"{settings.Certificate} and {settings.Key} are not a certificate and its key: {e.Message}"), e);
        }
    }

    private static string Text(string file) => Encoding.Latin1.GetString(Read(file));

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > MaxBytes) throw new IOException($"{file} has more than {MaxBytes} bytes");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
