using System.Reflection;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;
using FlexCore.Testing;

namespace FlexCore.Domain.Tests.Errors;

public sealed partial class ErrorRegistryTests
{
    private const string WriteDocsVariable = "FLEXCORE_WRITE_DOCS";

    private static readonly int[] ExitCodes = [1, 2, 3, 4, 130];

    private static FieldInfo[] Declared =>
        [.. typeof(ErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(member => member.FieldType == typeof(ErrorCode))];

    [Fact]
    public void Every_declared_code_is_registered_under_its_own_name() =>
        ErrorCodes.All.Select(code => (code.Name, code)).ShouldBe(Declared.Select(member => (member.Name, (ErrorCode)member.GetValue(null)!)), ignoreOrder: true);

    [Fact]
    public void Codes_and_names_are_unique()
    {
        ErrorCodes.All.Select(code => code.Id).ShouldBeUnique();
        ErrorCodes.All.Select(code => code.Name).ShouldBeUnique();
        ErrorCodes.All.Select(code => code.Meaning).ShouldBeUnique();
    }

    [Fact]
    public void Codes_are_FX_and_four_digits_in_order()
    {
        ErrorCodes.All.ShouldAllBe(code => IdRule().IsMatch(code.Id));
        ErrorCodes.All.Select(code => code.Id).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
    }

    [Fact]
    public void First_digit_gives_the_class() =>
        ErrorCodes.All.ShouldAllBe(code => Enum.IsDefined(code.Class) && (int)code.Class == code.Id[2] - '0');

    [Fact]
    public void Every_code_has_a_meaning_and_a_remedy_in_whole_sentences_on_one_line() =>
        ErrorCodes.All.SelectMany(code => new[] { code.Meaning, code.Remedy }).ShouldAllBe(text => Sentence().IsMatch(text));

    [Fact]
    public void Every_code_ends_a_command_with_an_exit_code_of_the_contract() =>
        ErrorCodes.All.ShouldAllBe(code => ExitCodes.Contains(code.ExitCode));

    [Fact]
    public void Bad_input_ends_with_2_and_never_counts_against_availability() =>
        ErrorCodes.All.Where(code => code.Class == ErrorClass.Input).ShouldAllBe(code => code.ExitCode == 2 && !code.CountsAgainstAvailability && !code.IsTransient);

    [Fact]
    public void Code_is_found_by_its_id_and_an_unknown_one_is_a_bug()
    {
        ErrorCodes.All.ShouldAllBe(code => ReferenceEquals(ErrorCodes.Find(code.Id), code));
        ErrorCodes.Find("FX0000").ShouldBe(ErrorCodes.Bug);
    }

    /// <summary>Run it with FLEXCORE_WRITE_DOCS=1 after a change of the registry, and commit the page.</summary>
    [Fact]
    public void Reference_page_says_what_the_registry_says()
    {
        var page = Repository.PathOf("docs", "reference", "errors.md");
        var rendered = ErrorReference.Render();
        if (Environment.GetEnvironmentVariable(WriteDocsVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(page)!);
            File.WriteAllText(page, rendered);
        }

        File.ReadAllText(page).ShouldBe(rendered, $"the registry has changed: run this test with {WriteDocsVariable}=1 and commit docs/reference/errors.md");
    }

    [GeneratedRegex(@"\AFX[1-9][0-9]{3}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdRule();

    [GeneratedRegex(@"\A(\p{Lu}|`)[^\r\n]*\.\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sentence();
}
