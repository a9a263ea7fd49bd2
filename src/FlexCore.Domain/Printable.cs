using System.Buffers;
using System.Text;

namespace FlexCore.Domain;

/// <summary>Makes text from outside safe to show: a plugin must not steer somebody's terminal or forge a log line.</summary>
public static class Printable
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(c => c != '\t').Select(c => (char)c), (char)0x7F, .. Enumerable.Range(0x80, 0x20).Select(c => (char)c), '\u2028', '\u2029', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069']);

    /// <summary>Control characters and direction overrides as <c>\uXXXX</c>.</summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Suspicious)) return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Suspicious.Contains(c)) escaped.Append($"\\u{(int)c:x4}");
            else escaped.Append(c);
        }

        return escaped.ToString();
    }
}
