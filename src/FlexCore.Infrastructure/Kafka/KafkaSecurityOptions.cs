namespace FlexCore.Infrastructure.Kafka;

/// <summary>How a broker is shown the user's password.</summary>
public enum KafkaMechanism
{
    /// <summary>By a challenge with SHA-512; the broker never sees it.</summary>
    ScramSha512,

    /// <summary>By a challenge with SHA-256.</summary>
    ScramSha256,

    /// <summary>As it is; only over TLS.</summary>
    Plain,
}

/// <summary>How brokers know who asks, and how the connection is kept from others.</summary>
public sealed class KafkaSecurityOptions
{
    /// <summary>Whether connections are encrypted.</summary>
    public bool Tls { get; set; }

    /// <summary>A file (PEM) with the authorities that are trusted to name brokers; without it, those of the system.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>The user; without one, nobody is named.</summary>
    public string User { get; set; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; set; } = "";

    /// <summary>How the password is shown.</summary>
    public KafkaMechanism Mechanism { get; set; }

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        if (CaFile.Length > 0 && !Tls) yield return (nameof(CaFile), "needs Tls to be true");
        else if (CaFile.Length > 0 && !File.Exists(CaFile)) yield return (nameof(CaFile), $"is not there: {CaFile}");
        if (User.Length > 0 && Password.Length == 0) yield return (nameof(Password), "is missing, as User is set");
        if (User.Length == 0 && Password.Length > 0) yield return (nameof(User), "is missing, as Password is set");
        if (User.Length > 0 && Mechanism == KafkaMechanism.Plain && !Tls) yield return (nameof(Mechanism), "must not be Plain without Tls: everybody on the way could read the password");
    }
}
