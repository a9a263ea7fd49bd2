using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Mail;

/// <summary>How mail is sent, by SMTP. The section <c>FlexCore:Mail</c>.</summary>
public sealed class MailOptions : ClientOptions
{
    /// <summary>The server's name, as its certificate has it.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary>Whether the server must offer STARTTLS and have a certificate that the machine trusts, before anything else is said. Empty for everywhere but on loopback.</summary>
    public bool? Tls { get; set; }

    /// <summary>Who signs in; empty for nobody.</summary>
    public string User { get; set; } = "";

    /// <summary>Their password.</summary>
    public string Password { get; set; } = "";

    /// <summary>Who mails are from: <c>ops@example.com</c>, or <c>Operations &lt;ops@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>How many bytes all attachments of a mail may have together.</summary>
    public long AttachmentBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>How many may get one mail.</summary>
    public int Recipients { get; set; } = 50;

    internal bool UsesTls => Tls ?? !IsLoopback;

    private bool IsLoopback => Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (System.Net.IPAddress.TryParse(Host, out var address) && System.Net.IPAddress.IsLoopback(address));

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Host.Length == 0) yield return (nameof(Host), "is missing; it is the name of the mail server");
        if (Port is < 1 or > 65535) yield return (nameof(Port), "must be 1 to 65535");
        if (!OutgoingMail.IsAddress(From)) yield return (nameof(From), "must be an address, as ops@example.com");
        if (User.Length > 0 != Password.Length > 0) yield return (nameof(Password), "and User are set together, or neither");
        if (User.Length > 0 && !UsesTls && !IsLoopback) yield return (nameof(Tls), "must not be false with a password: it would be sent for anybody to read");
        if (AttachmentBytes < 0) yield return (nameof(AttachmentBytes), "must not be negative");
        if (Recipients < 1) yield return (nameof(Recipients), "must be 1 or more");
    }
}
