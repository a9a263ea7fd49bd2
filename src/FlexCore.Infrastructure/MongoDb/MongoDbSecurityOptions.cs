namespace FlexCore.Infrastructure.MongoDb;

/// <summary>How a server is shown who asks.</summary>
public enum MongoDbMechanism
{
    /// <summary>By a challenge with SHA-256 or, where a server does not know it, SHA-1; it never sees the password.</summary>
    Scram,

    /// <summary>By a challenge with SHA-256.</summary>
    ScramSha256,

    /// <summary>By the certificate of the connection; without a password.</summary>
    X509,
}

/// <summary>How servers know who asks, and how connections are kept from others.</summary>
public sealed class MongoDbSecurityOptions
{
    /// <summary>Whether connections are encrypted.</summary>
    public bool Tls { get; set; }

    /// <summary>A file (PEM) with the authorities that are trusted to name servers; without it, those of the system.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>A file (PEM) with the certificate of this program and its key; without it, none is shown.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The password of the key in <see cref="CertificateFile"/>, where it has one.</summary>
    public string CertificatePassword { get; set; } = "";

    /// <summary>The user; without one, nobody is named.</summary>
    public string User { get; set; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; set; } = "";

    /// <summary>The database that knows the user.</summary>
    public string AuthenticationDatabase { get; set; } = "admin";

    /// <summary>How the user is shown.</summary>
    public MongoDbMechanism Mechanism { get; set; }

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (CaFile.Length > 0 && !Tls) yield return (nameof(CaFile), "needs Tls to be true");
        else if (CaFile.Length > 0 && !File.Exists(CaFile)) yield return (nameof(CaFile), $"is not there: {CaFile}");
        if (CertificateFile.Length > 0 && !Tls) yield return (nameof(CertificateFile), "needs Tls to be true");
        else if (CertificateFile.Length > 0 && !File.Exists(CertificateFile)) yield return (nameof(CertificateFile), $"is not there: {CertificateFile}");
        if (CertificatePassword.Length > 0 && CertificateFile.Length == 0) yield return (nameof(CertificateFile), "is missing, as CertificatePassword is set");
        if (AuthenticationDatabase.Length == 0) yield return (nameof(AuthenticationDatabase), "must not be empty");
        if (Mechanism == MongoDbMechanism.X509)
        {
            if (CertificateFile.Length == 0) yield return (nameof(CertificateFile), "is missing, as Mechanism is X509");
            if (Password.Length > 0) yield return (nameof(Password), "must not be set, as Mechanism is X509");
        }
        else if (User.Length > 0 && Password.Length == 0)
        {
            yield return (nameof(Password), "is missing, as User is set");
        }
        else if (User.Length == 0 && (Password.Length > 0 || Mechanism != MongoDbMechanism.Scram))
        {
            yield return (nameof(User), $"is missing, as {(Password.Length > 0 ? nameof(Password) : nameof(Mechanism))} is set");
        }
    }
}
