using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Settings;

/// <summary>The certificate by which a node proves who it is, and encrypts. What is in the files and in the secret may change while it serves.</summary>
/// <param name="Certificate">The PEM file of the certificate, followed by those of the authorities between it and one that clients know.</param>
/// <param name="Key">The PEM file of its key; null where the key itself is a secret.</param>
/// <param name="KeySecret">The secret that holds the PEM of the key, or, of the key in a file, its password; null where that has none.</param>
public sealed record TlsSettings(string Certificate, string? Key, string? KeySecret = null)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "tls";

    private const string CertificateKey = Section + ".certificate";
    private const string KeyKey = Section + ".key";
    private const string KeySecretKey = Section + ".key_secret";

    /// <summary>Takes these settings out of all settings; null where there is to be no TLS.</summary>
    /// <param name="settings">Settings that were not refused, of which none is missing; later ones win.</param>
    public static TlsSettings? Read(IReadOnlyList<Setting> settings) => settings.Find(CertificateKey) is { } certificate ? new(certificate.Value, settings.Find(KeyKey)?.Value, settings.Find(KeySecretKey)?.Value) : null;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        CertificateKey or KeyKey => Path.IsPathFullyQualified(setting.Value) ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be the absolute path of a file", setting.At),
        KeySecretKey => SecretRules.IsName(setting.Value) ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be the name of a secret: {SecretRules.NameRule}", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {CertificateKey}, {KeyKey}, {KeySecretKey}", setting.At),
    };

    /// <summary>Says which setting is missing that goes together with another.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings) => (settings.Find(CertificateKey), settings.Find(KeyKey) ?? settings.Find(KeySecretKey)) switch
    {
        ({ } certificate, null) => [new Error(ErrorCodes.InvalidValue, $"'{certificate.Name}' needs '{KeyKey}', the file of its key, or '{KeySecretKey}', the secret that is its key", certificate.At)],
        (null, { } key) => [new Error(ErrorCodes.InvalidValue, $"'{key.Name}' needs '{CertificateKey}': the file of the certificate", key.At)],
        _ => [],
    };
}
