using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Infrastructure.Notifications;

namespace FlexCore.Infrastructure.Mail;

/// <summary>Sends plain text by SMTP.</summary>
internal static class SmtpMail
{
    /// <summary>Sends one mail. With TLS the server must offer STARTTLS and have a certificate that the machine trusts, before anything else is said.</summary>
    /// <exception cref="UndeliverableException">The server has not taken it, or not for all who should get it.</exception>
    public static async Task SendAsync(MailChannel channel, string? password, string subject, string body, CancellationToken cancellationToken)
    {
        using var mail = new MailMessage
        {
            From = new MailAddress(channel.From),
            Subject = $"[flexcore] {subject}",
            SubjectEncoding = Encoding.UTF8,
            Body = body.ReplaceLineEndings("\r\n"), // RFC 2045, 6.7
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.QuotedPrintable,
        };
        foreach (var to in channel.To) mail.To.Add(to);
        mail.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: no out-of-office replies

        using var client = new SmtpClient(channel.Host, channel.Port) { EnableSsl = channel.UsesTls, UseDefaultCredentials = false };
        if (channel.User is { } user) client.Credentials = new NetworkCredential(user, password);
        try
        {
            // The client heeds the token only between its own steps, and a server may be silent in one.
            await client.SendMailAsync(mail, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (SmtpException failure)
        {
            throw new UndeliverableException(Reason(failure), IsTransient(failure), failure);
        }
    }

    private static string Reason(SmtpException failure) => failure switch
    {
        SmtpFailedRecipientsException several => $"the mail server refused {several.InnerExceptions.Length} of those who should get it",
        SmtpFailedRecipientException => "the mail server refused one of those who should get it",
        _ when Has<AuthenticationException>(failure) => "the mail server's certificate is not trusted, or it speaks no TLS that is",
        _ when Has<SocketException>(failure) => "the mail server cannot be reached",
        { StatusCode: SmtpStatusCode.MustIssueStartTlsFirst or SmtpStatusCode.ClientNotPermitted } => "the mail server wants a user and a password, or others",
        { StatusCode: SmtpStatusCode.GeneralFailure } => "the mail server offers no STARTTLS, wants a user that it does not get, or has hung up",
        _ => $"the mail server answered {(int)failure.StatusCode} ({failure.StatusCode})",
    };

    // What is delivered to some already would come to them again.
    private static bool IsTransient(SmtpException failure) =>
        failure is not SmtpFailedRecipientException && !Has<AuthenticationException>(failure) && (failure.StatusCode == SmtpStatusCode.GeneralFailure || (int)failure.StatusCode is >= 400 and < 500);

    private static bool Has<T>(Exception? failure)
        where T : Exception => failure is T || (failure is not null && Has<T>(failure.InnerException));
}
