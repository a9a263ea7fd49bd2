using System.Net.Mail;
using System.Net.Mime;

namespace FlexCore.Infrastructure.Mail;

/// <summary>A mail that is to be sent.</summary>
/// <param name="To">Who gets it: each an address, with or without a name.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">What it says, as plain text.</param>
public sealed record OutgoingMail(IReadOnlyList<string> To, string Subject, string Text)
{
    /// <summary>The same as HTML, for those who look at that; null for none.</summary>
    public string? Html { get; init; }

    /// <summary>What goes along.</summary>
    public IReadOnlyList<MailAttachment> Attachments { get; init; } = [];

    /// <summary>Whether it is one address, with or without a name, and nothing else: the library takes the last of several, and the others for a name.</summary>
    internal static bool IsAddress(string text) =>
        IsOneLine(text) && MailAddress.TryCreate(text, out var address)
        && (address.Address == text || (text.EndsWith($"<{address.Address}>", StringComparison.Ordinal) && address.DisplayName.IndexOfAny(['@', ',', ';', '<', '>']) < 0));

    /// <summary>Why it cannot be sent; null where it can. What could become a header of its own, or another one who gets it, is refused rather than changed.</summary>
    internal string? ProblemFor(MailOptions options)
    {
        if (To.Count == 0 || To.Count > options.Recipients) return $"it must go to 1 to {options.Recipients}, and would to {To.Count}";
        for (var number = 0; number < To.Count; number++)
        {
            if (!IsAddress(To[number])) return $"number {number + 1} of those who should get it is no address";
        }

        if (!IsOneLine(Subject)) return "its subject is not one line of text";
        if (Attachments.Any(attachment => attachment.Name.Length == 0 || !IsOneLine(attachment.Name) || attachment.Name.IndexOfAny(['/', '\\', '"']) >= 0)) return "an attachment's name is not that of a file";
        if (Attachments.Any(attachment => !IsMediaType(attachment.MediaType))) return "an attachment's type is no media type, as text/csv";
        var bytes = Attachments.Sum(attachment => (long)attachment.Content.Length);
        return bytes > options.AttachmentBytes ? $"its attachments have {bytes} bytes together, and may have {options.AttachmentBytes}" : null;
    }

    private static bool IsOneLine(string text) => !text.Any(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029');

    private static bool IsMediaType(string text)
    {
        try
        {
            return IsOneLine(text) && new ContentType(text).MediaType.Length > 0;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>A file that goes along with a mail.</summary>
/// <param name="Name">Its name, without folders.</param>
/// <param name="MediaType">What it is, as <c>text/csv</c>.</param>
/// <param name="Content">Its bytes.</param>
public sealed record MailAttachment(string Name, string MediaType, ReadOnlyMemory<byte> Content);
