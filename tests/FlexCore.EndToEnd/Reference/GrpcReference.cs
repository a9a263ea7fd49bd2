using System.Text;
using System.Text.RegularExpressions;

namespace FlexCore.EndToEnd.Reference;

/// <summary>The reference page of gRPC, made of the files of the contract and what they say of themselves.</summary>
internal static partial class GrpcReference
{
    // What is not ours, by where it is told.
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal) { ["google.protobuf.Timestamp"] = "https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp" };

    public static string Render(IEnumerable<string> files)
    {
        var page = new StringBuilder(
            """
            # gRPC

            Made from the contract, the files of [flexcore/v1](../../src/FlexCore.Server/Grpc/Protos/flexcore/v1); a test keeps the two equal, and [a lock](flexcore.v1.lock.txt) keeps the contract: v1 grows, and takes nothing back. How to connect, which statuses there are and what is limited is in
            [gRPC](../guides/grpc.md).

            """);
        var declared = files.SelectMany(Read).ToList();
        var ours = declared.Where(each => each.Kind != Service).Select(each => each.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var service in declared.Where(each => each.Kind == Service)) DescribeService(page, service);
        page.Append("\n## Messages\n");
        foreach (var message in declared.Where(each => each.Kind == Message)) DescribeMessage(page, message, ours);
        page.Append("\n## Enumerations\n");
        foreach (var words in declared.Where(each => each.Kind == Enumeration)) page.Append($"\n### {words.Name}\n\n{About(words)}{string.Join(", ", words.Members.Select(member => $"`{member.Text.Split(' ')[0]}`"))}\n");
        return page.ToString();
    }

    private const string Service = "service";
    private const string Message = "message";
    private const string Enumeration = "enum";

    private static void DescribeService(StringBuilder page, Declared service)
    {
        page.Append($"\n## flexcore.v1.{service.Name}\n\n{About(service)}| Method | Asks | Answers | |\n| --- | --- | --- | --- |\n");
        foreach (var member in service.Members)
        {
            var call = Call.Match(member.Text);
            page.Append($"| `{call.Groups["name"]}` | {Link(call.Groups["asks"].Value)} | {(call.Groups["stream"].Success ? "a stream of " : "")}{Link(call.Groups["answers"].Value)} | {Cell(member.About)} |\n");
        }
    }

    private static void DescribeMessage(StringBuilder page, Declared message, HashSet<string> ours)
    {
        page.Append($"\n### {message.Name}\n\n{About(message)}");
        if (message.Members.Count == 0)
        {
            page.Append("It has no fields.\n");
            return;
        }

        page.Append("| Field | Number | Type | |\n| --- | --- | --- | --- |\n");
        foreach (var member in message.Members)
        {
            var field = Field.Match(member.Text);
            var type = field.Groups["type"].Value;
            var shown = Others.TryGetValue(type, out var place) ? $"[{type}]({place})" : ours.Contains(type) ? Link(type) : $"`{type}`";
            page.Append($"| `{field.Groups["name"]}`{(field.Groups["label"].Value == "optional" ? " (optional)" : "")} | {field.Groups["number"]} | {(field.Groups["label"].Value == "repeated" ? "list of " : "")}{shown} | {Cell(member.About)} |\n");
        }
    }

    /// <summary>What a file declares, with the comments before it. The files are ours, and nothing in them is nested.</summary>
    private static IEnumerable<Declared> Read(string file)
    {
        var said = new List<string>();
        Declared? open = null;
        foreach (var line in file.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("//", StringComparison.Ordinal)) said.Add(line[2..].Trim());
            else if (line == "}" && open is not null)
            {
                yield return open;
                open = null;
            }
            else if (Opening.Match(line) is { Success: true } begins)
            {
                open = new Declared(begins.Groups["kind"].Value, begins.Groups["name"].Value, Join(said), []);
                if (!line.EndsWith('}')) continue;
                yield return open;
                open = null;
            }
            else if (line.Length > 0)
            {
                open?.Members.Add(new Member(line.TrimEnd(';'), Join(said)));
                said.Clear();
            }
        }
    }

    // A comment that nothing follows is a paragraph.
    private static string Join(List<string> lines)
    {
        var text = string.Join('\n', lines.Select(line => line.Length == 0 ? "\n" : line)).Replace("\n\n\n", "\n\n", StringComparison.Ordinal);
        lines.Clear();
        return text;
    }

    private static string About(Declared declared) => declared.About.Length == 0 ? "" : $"{declared.About}\n\n";

    private static string Link(string name) => $"[{name}](#{name.ToLowerInvariant()})";

    private static string Cell(string text) => text.Replace('\n', ' ').Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<kind>service|message|enum) (?<name>\w+) \{\}?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Opening { get; }

    [GeneratedRegex(@"^rpc (?<name>\w+)\((?<asks>\w+)\) returns \((?<stream>stream )?(?<answers>\w+)\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Call { get; }

    [GeneratedRegex(@"^((?<label>optional|repeated) )?(?<type>map<\w+, \w+>|[\w.]+) (?<name>\w+) = (?<number>\d+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field { get; }

    private sealed record Declared(string Kind, string Name, string About, List<Member> Members);

    private sealed record Member(string Text, string About);
}
