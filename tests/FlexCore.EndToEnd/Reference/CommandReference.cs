using System.Text;

namespace FlexCore.EndToEnd.Reference;

/// <summary>The reference page of the command line, made of what each command says of itself.</summary>
internal static class CommandReference
{
    private const string Example = " Example: ";

    // Every command has the first ones, and most have the others.
    private static readonly string[] OfAll = ["-?, -h, --help", "--verbose", "--version"];
    private static readonly string[] OfMost = ["--data", "--env", "--json", "--server", "--profile", "--insecure"];

    public static async Task<string> RenderAsync(TestProject project)
    {
        var page = new StringBuilder(
            """
            # The command line

            Made from what `flexcore COMMAND --help` says; a test keeps the two equal. Every command has `--help` and `--verbose`, which shows more, and the stack trace of an error.
            Exit codes are in [operating](../guides/operating.md#exit-codes).

            Most commands have some of these, and say which:

            """);
        Table(page, "Option", Rows(Split((await project.FlexCoreAsync("runs", "list", "--help")).ShouldExitWith(0).Output)["Options"]).Where(row => IsOfMost(row.Name)));
        await RenderAsync(page, project, []);
        return page.ToString();
    }

    private static async Task RenderAsync(StringBuilder page, TestProject project, IReadOnlyList<string> command)
    {
        var help = (await project.FlexCoreAsync([.. command, "--help"])).ShouldExitWith(0).Output;
        var sections = Split(help);
        if (command.Count > 0) Describe(page, command, sections);
        foreach (var line in sections.GetValueOrDefault("Commands", [])) await RenderAsync(page, project, [.. command, line.Trim().Split(' ')[0]]);
    }

    private static void Describe(StringBuilder page, IReadOnlyList<string> command, Dictionary<string, List<string>> sections)
    {
        var said = string.Join(' ', sections["Description"].Select(line => line.Trim()));
        var (about, example) = said.Split(Example) is [var first, var second] ? (first, second) : (said, null);
        page.Append($"\n{new string('#', Math.Min(command.Count + 1, 3))} flexcore {string.Join(' ', command)}\n\n{about.TrimEnd('.')}.\n");
        if (sections.ContainsKey("Commands")) return;
        page.Append($"\n```\n{sections["Usage"][0].Trim()}\n```\n");
        if (example is not null) page.Append($"\nExample: `{example}`\n");
        Table(page, "Argument", Rows(sections.GetValueOrDefault("Arguments", [])));
        var options = Rows(sections["Options"]).Where(row => !OfAll.Contains(row.Name, StringComparer.Ordinal)).ToList();
        Table(page, "Option", options.Where(row => !IsOfMost(row.Name)));
        var shared = options.Where(row => IsOfMost(row.Name)).Select(row => $"`{NameOf(row.Name)}`").ToList();
        if (shared.Count > 0) page.Append($"\nAlso {string.Join(", ", shared)}.\n");
    }

    private static void Table(StringBuilder page, string title, IEnumerable<(string Name, string Meaning)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0) return;
        page.Append($"\n| {title} | |\n| --- | --- |\n");
        foreach (var (what, meaning) in all) page.Append($"| `{what}` | {Cell(meaning)} |\n");
    }

    private static bool IsOfMost(string option) => OfMost.Contains(NameOf(option), StringComparer.Ordinal);

    private static string NameOf(string option) => option.Split(' ', ',')[0];

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    // Two spaces, the name, two spaces at least, what it is.
    private static IEnumerable<(string Name, string Meaning)> Rows(IEnumerable<string> lines) => lines.Select(line => line.Trim().Split("  ", 2)).Select(parts => (parts[0], parts.ElementAtOrDefault(1)?.Trim() ?? ""));

    private static Dictionary<string, List<string>> Split(string help)
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? current = null;
        foreach (var line in help.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.EndsWith(':') && !line.StartsWith(' ')) sections[line[..^1]] = current = [];
            else if (line.Trim().Length > 0) current?.Add(line);
        }

        return sections;
    }
}
