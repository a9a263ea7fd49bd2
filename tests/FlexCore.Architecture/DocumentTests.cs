using System.Text.RegularExpressions;
using FlexCore.Testing;

namespace FlexCore.Architecture;

public sealed partial class DocumentTests
{
    [Fact]
    public void Every_link_of_a_document_leads_somewhere()
    {
        var broken = new List<string>();
        foreach (var file in DocumentedCode.Documents())
        {
            foreach (Match link in Link().Matches(Code().Replace(File.ReadAllText(file), "")))
            {
                var parts = link.Groups["to"].Value.Split('#', 2);
                if (parts[0].Contains(':', StringComparison.Ordinal)) continue;
                var target = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]));
                if (!Path.Exists(target)) broken.Add($"{file}: {link.Value}");
                else if (parts is [_, var anchor] && target.EndsWith(".md", StringComparison.Ordinal) && !AnchorsOf(target).Contains(anchor)) broken.Add($"{file}: {link.Value}, without such a heading");
            }
        }

        broken.ShouldBeEmpty();
    }

    // As GitHub makes them of headings.
    private static HashSet<string> AnchorsOf(string document) =>
        [.. Heading().Matches(Block().Replace(File.ReadAllText(document), "")).Select(heading => NotInAnchors().Replace(LinkText().Replace(heading.Groups["text"].Value, "${text}").ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```|`[^`]*`", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Code();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();

    [GeneratedRegex("^#+ (?<text>.*?)[ \t]*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LinkText();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex NotInAnchors();
}
