using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace FlexCore.EndToEnd.Reference;

/// <summary>Who does what the tutorial says sees what it shows: all of its commands, one after the other, in one shell.</summary>
public sealed class TutorialTests
{
    private const string Address = "127.0.0.1:8080";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_command_of_the_tutorial_prints_what_stands_there()
    {
        using var project = new TestProject();
        var address = $"127.0.0.1:{FreePort()}";
        var commands = DocumentedCode.BlocksOf(Repository.PathOf("docs", "tutorial.md"), "console").SelectMany(Read).ToList();
        commands.Count.ShouldBeGreaterThan(20);

        var printed = await RunAsync(project, address, [.. commands.Select(command => command.Text.Replace(Address, address, StringComparison.Ordinal))]);

        foreach (var (command, output) in commands.Zip(printed)) output.ShouldMatch(Pattern(command.Expected), command.Text);
    }

    /// <summary>A command of a block begins with <c>$ </c>; what it is fed goes to the line END; what follows is what it prints.</summary>
    private static IEnumerable<Shown> Read(string block)
    {
        foreach (var shown in Regex.Split(block, "^\\$ ", RegexOptions.Multiline, Patience).Skip(1))
        {
            var end = shown.Contains("<<'END'", StringComparison.Ordinal) ? shown.IndexOf("\nEND\n", StringComparison.Ordinal) + "\nEND".Length : shown.IndexOf('\n', StringComparison.Ordinal);
            yield return new Shown(shown[..end], shown[(end + 1)..]);
        }
    }

    private static async Task<IReadOnlyList<string>> RunAsync(TestProject project, string address, IReadOnlyList<string> commands)
    {
        var mark = $"--{Guid.NewGuid():N}--";
        var script = new StringBuilder("exec 2>&1\n");
        foreach (var command in commands) script.Append($"{command}\necho '{mark}'\n");
        Directory.CreateDirectory(project.PathOf("bin"));
        File.CreateSymbolicLink(project.PathOf("bin/flexcore"), Repository.Launcher);
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PATH"] = $"{project.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}", ["FLEXCORE__HTTP"] = address, ["FLEXCORE__GRPC"] = "off" };
        var done = await Command.RunAsync("bash", ["-s"], project.Folder, environment, script.ToString()).WaitAsync(Patience);
        var printed = done.Output.Split($"{mark}\n");
        printed.Length.ShouldBe(commands.Count + 1, done.Output);
        return printed[..^1];
    }

    // A line of … alone is any number of lines, … in a line is anything in it.
    private static string Pattern(string expected)
    {
        var lines = expected.TrimEnd('\n').Split('\n').Select(line => line == "…" ? "(?:.*\\n)*?" : $"{string.Join(".*", line.Split('…').Select(Regex.Escape))}\\n");
        return $"\\A{(expected.Trim().Length == 0 ? "" : string.Concat(lines))}\\z";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="Text">What is typed.</param>
    /// <param name="Expected">What is shown.</param>
    private sealed record Shown(string Text, string Expected);
}
