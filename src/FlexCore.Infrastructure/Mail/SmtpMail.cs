using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Mail;

/// <summary>Says a mail to a server, by SMTP.</summary>
internal static class SmtpMail
{
    /// <summary>Sends one mail, for which nothing was found to be wrong. With TLS the server must offer STARTTLS and have a certificate that the machine trusts, before anything else is said.</summary>
    /// <exception cref="MailNotTakenException">The server has not taken it, or not for all who should get it.</exception>
    public static async Task SendAsync(MailOptions options, OutgoingMail mail, CancellationToken cancellationToken)
    {
        using var message = MessageOf(options, mail);
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.UsesTls, UseDefaultCredentials = false };
        if (options.User.Length > 0) client.Credentials = new NetworkCredential(options.User, options.Password);
        try
        {
            // The client heeds the token only between its own steps, and a server may be silent in one.
            await client.SendMailAsync(message, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (SmtpException failure)
        {
            throw new MailNotTakenException(Reason(failure), KindOf(failure), failure);
        }
    }

    private static MailMessage MessageOf(MailOptions options, OutgoingMail mail)
    {
        var message = new MailMessage
        {
            From = new MailAddress(options.From),
            Subject = mail.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = mail.Text.ReplaceLineEndings("\r\n"), // RFC 2045, 6.7
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.QuotedPrintable,
        };
        foreach (var to in mail.To) message.To.Add(new MailAddress(to));
        message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: no out-of-office replies
        if (mail.Html is { } html)
        {
            var view = AlternateView.CreateAlternateViewFromString(html.ReplaceLineEndings("\r\n"), Encoding.UTF8, MediaTypeNames.Text.Html);
            view.TransferEncoding = TransferEncoding.QuotedPrintable;
            message.AlternateViews.Add(view);
        }

        foreach (var file in mail.Attachments)
        {
            message.Attachments.Add(new Attachment(new MemoryStream(file.Content.ToArray(), writable: false), file.Name, file.MediaType) { TransferEncoding = TransferEncoding.Base64 });
        }

        return message;
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
    private static FailureKind KindOf(SmtpException failure) => failure switch
    {
        SmtpFailedRecipientException => FailureKind.RequestRefused,
        _ when Has<AuthenticationException>(failure) => FailureKind.AccessRefused,
        { StatusCode: SmtpStatusCode.MustIssueStartTlsFirst or SmtpStatusCode.ClientNotPermitted } => FailureKind.AccessRefused,
        { StatusCode: SmtpStatusCode.GeneralFailure } => FailureKind.Unreachable,
        _ => (int)failure.StatusCode is >= 400 and < 500 ? FailureKind.Busy : FailureKind.RequestRefused,
    };

    private static bool Has<T>(Exception? failure)
        where T : Exception => failure is T || (failure is not null && Has<T>(failure.InnerException));
}
