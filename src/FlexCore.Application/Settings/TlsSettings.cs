using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>The certificate by which a node proves who it is, and encrypts. What is in the files may change while it serves.</summary>
/// <param name="Certificate">The PEM file of the certificate, followed by those of the authorities between it and one that clients know.</param>
/// <param name="Key">The PEM file of its key, without a password.</param>
public sealed record TlsSettings(string Certificate, string Key)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "tls";

    private const string CertificateKey = Section + ".certificate";
    private const string KeyKey = Section + ".key";

    /// <summary>Takes these settings out of all settings; null where there is to be no TLS.</summary>
    /// <param name="settings">Settings that were not refused, of which none is missing; later ones win.</param>
    public static TlsSettings? Read(IReadOnlyList<Setting> settings) => settings.Find(CertificateKey) is { } certificate ? new(certificate.Value, settings.Find(KeyKey)!.Value) : null;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        CertificateKey or KeyKey => Path.IsPathFullyQualified(setting.Value) ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be the absolute path of a file", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {CertificateKey}, {KeyKey}", setting.At),
    };

    /// <summary>Says which of two settings is missing that go together.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings) => (settings.Find(CertificateKey), settings.Find(KeyKey)) switch
    {
        ({ } certificate, null) => [new Error(ErrorCodes.InvalidValue, $"'{certificate.Name}' needs '{KeyKey}': the file of its key", certificate.At)],
        (null, { } key) => [new Error(ErrorCodes.InvalidValue, $"'{key.Name}' needs '{CertificateKey}': the file of the certificate", key.At)],
        _ => [],
    };
}
