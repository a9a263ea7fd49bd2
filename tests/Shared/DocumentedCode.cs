using System.Text.RegularExpressions;

namespace FlexCore.Testing;

/// <summary>The blocks of code that documents show.</summary>
internal static partial class DocumentedCode
{
    private static readonly string[] Folders = ["", "docs", "samples", "deploy", "bench"];

    public static IEnumerable<string> Documents() => Folders.SelectMany(folder =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", folder.Length == 0 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)).Where(file => !file.Contains("/node_modules/", StringComparison.Ordinal));

    /// <summary>The blocks of a language in a document; "" stands for those that name none.</summary>
    public static IEnumerable<string> BlocksOf(string file, string language) => AllOf(file).Where(block => block.Language == language).Select(block => block.Text);

    public static IEnumerable<(string Language, string Text)> AllOf(string file) => Block().Matches(File.ReadAllText(file)).Select(block => (block.Groups["language"].Value, block.Groups["text"].Value));

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Block();
}
