using FlexCore.Testing;

namespace FlexCore.Architecture;

/// <summary>
/// Code that documents show is code of tests: C# stands in a <c>…Guide.cs</c>, line by line; programs in JavaScript and Python are run as they stand (<c>ServerGuide</c>, <c>DocumentedProgramsTests</c>); commands of the tutorial, too. YAML and
/// JSON are <see cref="DocumentedFilesTests"/>'.
/// </summary>
public sealed class DocumentedCodeTests
{
    private static readonly string[] Languages = ["", "console", "csharp", "js", "json", "python", "yaml"];

    [Fact]
    public void Every_block_of_CSharp_in_a_document_stands_in_a_guide_that_tests_run()
    {
        var guides = Directory.EnumerateFiles(Repository.PathOf("tests"), "*Guide.cs", SearchOption.AllDirectories).Select(file => LinesOf(File.ReadAllText(file))).ToList();
        var blocks = DocumentedCode.Documents().SelectMany(file => DocumentedCode.BlocksOf(file, "csharp").Select(text => (File: file, Text: text))).ToList();

        blocks.Where(block => !guides.Exists(guide => guide.Contains(LinesOf(block.Text), StringComparison.Ordinal))).Select(block => $"{block.File}:\n{block.Text}").ShouldBeEmpty();
        blocks.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public void Every_block_of_a_document_is_in_a_language_that_tests_hold_it_to() =>
        DocumentedCode.Documents().SelectMany(file => DocumentedCode.AllOf(file).Where(block => !Languages.Contains(block.Language)).Select(block => $"{file}: {block.Language}")).ShouldBeEmpty();

    // However deep they stand, and whatever blank lines are between them.
    private static string LinesOf(string code) => $"\n{string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))}\n";
}
