using System.Net;
using System.Text.RegularExpressions;

namespace FlexCore.Infrastructure.Mail;

/// <summary>A mail with fields, as <c>{{name}}</c>, that are filled in for each time it is sent. In HTML what is filled in is text: it is escaped, and can be nothing else.</summary>
public sealed partial class MailTemplate
{
    private readonly string _subject;
    private readonly string _text;
    private readonly string? _html;

    /// <param name="subject">One line.</param>
    /// <param name="text">Plain text.</param>
    /// <param name="html">The same as HTML; null for none. Fields stand where text may, or in an attribute within quotes.</param>
    public MailTemplate(string subject, string text, string? html = null)
    {
        (_subject, _text, _html) = (subject, text, html);
        Fields = Field().Matches($"{subject}\n{text}\n{html}").Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The fields that it has.</summary>
    public IReadOnlySet<string> Fields { get; }

    /// <summary>Fills it in.</summary>
    /// <param name="to">Who gets it.</param>
    /// <param name="values">The value of each field.</param>
    /// <exception cref="ArgumentException">A field has no value, or a value no field: whoever wrote one of the two meant another name.</exception>
    public OutgoingMail Fill(IReadOnlyList<string> to, IReadOnlyDictionary<string, string> values)
    {
        string[] missing = [.. Fields.Where(field => !values.ContainsKey(field)).Order(StringComparer.Ordinal)];
        string[] unknown = [.. values.Keys.Where(field => !Fields.Contains(field)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0) throw new ArgumentException($"There is no value for {string.Join(", ", missing)}.", nameof(values));
        if (unknown.Length > 0) throw new ArgumentException($"The template has no field {string.Join(", ", unknown)}.", nameof(values));
        return new OutgoingMail(to, Fill(_subject, values, value => value), Fill(_text, values, value => value))
        {
            Html = _html is null ? null : Fill(_html, values, value => WebUtility.HtmlEncode(value)),
        };
    }

    // In one pass: a value that looks like a field stays as it is.
    private static string Fill(string template, IReadOnlyDictionary<string, string> values, Func<string, string> escape) => Field().Replace(template, match => escape(values[match.Groups["name"].Value]));

    [GeneratedRegex(@"\{\{(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field();
}
