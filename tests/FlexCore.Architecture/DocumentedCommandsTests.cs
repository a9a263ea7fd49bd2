using System.Text.RegularExpressions;
using FlexCore.Testing;

namespace FlexCore.Architecture;

/// <summary>Commands that documents show are such as there are: the reference of the command line, which is made from the program, has them with all their options.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly string[] OfAllCommands = ["--help", "--verbose", "--version"];

    [Fact]
    public void Every_command_of_a_document_is_one_of_the_reference_with_its_options()
    {
        var reference = Repository.PathOf("docs", "reference", "cli.md");
        var commands = ReadReference(File.ReadAllText(reference));
        var groups = commands.Keys.SelectMany(command => Enumerable.Range(0, command.Split(' ').Length + 1).Select(length => string.Join(' ', command.Split(' ').Take(length)))).ToHashSet(StringComparer.Ordinal);
        var count = 0;
        var wrong = new List<string>();
        foreach (var file in DocumentedCode.Documents().Where(file => file != reference))
        {
            foreach (var words in CommandsOf(File.ReadAllText(file)))
            {
                count++;
                if (FindFault(words, commands, groups) is { } fault) wrong.Add($"{file}: flexcore {string.Join(' ', words)}: {fault}");
            }
        }

        wrong.ShouldBeEmpty();
        count.ShouldBeGreaterThan(200);
    }

    [Theory]
    [InlineData("$ flexcore runs lists", "no command")]
    [InlineData("flexcore runs list --limits 5", "--limits")]
    [InlineData("`flexcore events list|shows`", "no command")]
    public void Command_that_is_none_is_found(string written, string fault)
    {
        var commands = ReadReference("## flexcore runs list\n| `--limit` |\n## flexcore events list\n## flexcore events show\n");

        FindFault(CommandsOf($"```\n{written.Trim('`')}\n```").ShouldHaveSingleItem(), commands, ["", "runs", "runs list", "events", "events list", "events show"]).ShouldNotBeNull().ShouldContain(fault);
    }

    private static Dictionary<string, HashSet<string>> ReadReference(string text) => Section().Matches(text).ToDictionary(
        section => section.Groups["command"].Value, section => Option().Matches(section.Value).Select(option => option.Value).Concat(OfAllCommands).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>The words behind <c>flexcore</c>, up to what the shell does with it.</summary>
    private static IEnumerable<IReadOnlyList<string>> CommandsOf(string document) =>
        from block in Code().Matches(document)
        from line in block.Value.Trim('`').Split('\n')
        let command = Command().Match(line)
        where command.Success
        select (IReadOnlyList<string>)[.. command.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => !EndsCommand(word)).Select(word => word.Trim('\'', '"', ',', '.', ';', ':', '(', ')'))];

    private static bool EndsCommand(string word) => word[0] is '#' or '<' or '>' or '|' or '&' or '…' or '·' || word is "2>";

    private static string? FindFault(IReadOnlyList<string> words, Dictionary<string, HashSet<string>> commands, HashSet<string> groups)
    {
        string[] paths = [""];
        var next = 0;
        for (; next < words.Count; next++)
        {
            // `events list|show` is two of them.
            string[] longer = [.. paths.SelectMany(path => words[next].Split('|').Select(word => $"{path} {word}".Trim()))];
            if (!longer.All(groups.Contains)) break;
            paths = longer;
        }

        if (next < words.Count && words[next][0] != '-' && !words[next].All(char.IsAsciiLetterUpper) && paths.Any(path => !commands.ContainsKey(path))) return $"there is no command '{words[next]}'";
        return words.Skip(next).Select(word => Option().Match(word)).Where(option => option.Success && option.Index == 0).Select(option => option.Value)
            .FirstOrDefault(option => paths.Any(path => commands.TryGetValue(path, out var options) && !options.Contains(option))) is { } unknown ? $"it has no option {unknown}" : null;
    }

    [GeneratedRegex(@"^## flexcore (?<command>[a-z -]+)$(?:(?!^## ).*\n?)*", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Section();

    [GeneratedRegex("--[a-z][a-z-]*", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Option();

    [GeneratedRegex("```.*?```|`[^`\n]+`", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Code();

    [GeneratedRegex(@"^\s*(\$ |sudo |[A-Z_]+=\S+ )*(\./)?flexcore (?<words>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Command();
}
