using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Tls;

/// <summary>A certificate with its key, as it lay in its files.</summary>
/// <param name="Context">What handshakes are made with: also the authorities between it and one that clients know.</param>
/// <param name="NotAfter">Until when it holds.</param>
internal sealed record LoadedCertificate(SslStreamCertificateContext Context, DateTimeOffset NotAfter);

/// <summary>Where a certificate and its key are: the file of the certificate, and that of the key, or a secret, or both.</summary>
internal sealed class CertificateSource(TlsSettings settings, ISecrets secrets)
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Where the certificate is.</summary>
    public string Path => settings.Certificate;

    private string KeyPlace => (settings.Key, settings.KeySecret) switch
    {
        (null, var secret) => $"the secret {secret}",
        ({ } file, null) => file,
        ({ } file, { } password) => $"{file} with the password in the secret {password}",
    };

    /// <summary>What is there, to see whether that has changed; null while a part of it cannot be read.</summary>
    public async Task<byte[]?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(SHA256.HashData(Read(settings.Certificate)));
            if (settings.Key is { } key) hash.AppendData(SHA256.HashData(Read(key)));
            if (await FindSecretAsync(cancellationToken) is { } secret) hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
            return hash.GetHashAndReset();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FlexCoreException)
        {
            return null;
        }
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="FlexCoreException">It is not a certificate and its key, or the secret cannot be had.</exception>
    public async Task<LoadedCertificate> LoadAsync(CancellationToken cancellationToken)
    {
        var secret = await FindSecretAsync(cancellationToken);
        try
        {
            var chain = Text(settings.Certificate);
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(chain);
            var certificate = (settings.Key, secret) switch
            {
                ({ } file, { } password) => X509Certificate2.CreateFromEncryptedPem(chain, Text(file), password),
                ({ } file, null) => X509Certificate2.CreateFromPem(chain, Text(file)),
                _ => X509Certificate2.CreateFromPem(chain, secret),
            };
            authorities.RemoveAt(0);

            // Nothing is fetched: what clients lack of the chain stands in the file.
            return new LoadedCertificate(SslStreamCertificateContext.Create(certificate, authorities, offline: true), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.CertificateUnusable, $"{settings.Certificate} and {KeyPlace} are not a certificate and its key: {e.Message}"), e);
        }
    }

    private async Task<string?> FindSecretAsync(CancellationToken cancellationToken)
    {
        if (settings.KeySecret is not { } name) return null;
        var found = await secrets.FindAsync(name, cancellationToken);
        return found.IsSuccess ? found.Value : throw new FlexCoreException(new Error(ErrorCodes.CertificateUnusable, $"tls.key_secret: {found.Errors[0].Message}", SpecificRemedy: found.Errors[0].Remedy));
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
