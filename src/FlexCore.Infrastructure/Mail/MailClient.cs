using System.Net.Sockets;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Mail;

/// <summary>Sends mail by SMTP, each over a connection of its own. One that may not have been taken is sent again: it can come twice rather than never.</summary>
public sealed class MailClient : SystemClient
{
    private static readonly SystemTelemetry Telemetry = new("smtp", SystemKind.Messaging, SystemTelemetry.CreateDuration("mail_send_duration_seconds", "How long it took to send mails."), "operation");

    private static readonly Operation Send = new("send", MayRepeat: true);

    private readonly MailOptions _options;

    internal MailClient(string name, MailOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) => _options = options;

    /// <summary>Sends a mail.</summary>
    /// <exception cref="FlexCoreException">It cannot be sent as it is, or the server has not taken it, or not for all who should get it.</exception>
    public async ValueTask SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        if (mail.ProblemFor(_options) is { } problem) throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"{Name}: {Send.Name}: {problem}"));
        await RunAsync(
            Send,
            resource: null,
            (_options, mail),
            static async (what, token) =>
            {
                await SmtpMail.SendAsync(what._options, what.mail, token);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Waits for the server's greeting (RFC 5321, 3.1), and says no more than goodbye.</summary>
    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(_options.Host, _options.Port, cancellationToken);
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        var greeting = new char[4];
        if (await reader.ReadBlockAsync(greeting, cancellationToken) < greeting.Length || !greeting.AsSpan().StartsWith("220")) throw new IOException("the mail server does not greet");
        await connection.GetStream().WriteAsync("QUIT\r\n"u8.ToArray(), cancellationToken);
        return null;
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [];

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        MailNotTakenException refused => new CallFailure(refused.Kind, refused.Message),
        SocketException or IOException => new CallFailure(FailureKind.Unreachable, "the mail server cannot be reached"),
        _ => null,
    };
}
