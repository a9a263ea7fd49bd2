using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;

namespace FlexCore.Plugins.Tests.JsonSchema;

/// <summary>The JSON Schema organisation's own suite (json-schema-org/JSON-Schema-Test-Suite): what drafts require.</summary>
public sealed class OfficialSuiteTests
{
    private const string Variable = "FLEXCORE_TEST_DATA";

    // The suite's own name for where its remote documents are.
    private const string RemoteRoot = "http://localhost:1234/";

    [Theory]
    [InlineData(nameof(SchemaDraft.Draft4), 618)]
    [InlineData(nameof(SchemaDraft.Draft6), 839)]
    [InlineData(nameof(SchemaDraft.Draft7), 927)]
    public void Every_required_case_of_a_draft_has_the_right_verdict(string draft, int cases) =>
        Check(draft, Directory.EnumerateFiles(PathOf("tests", draft.ToLowerInvariant()), "*.json"), cases);

    /// <summary>What the suite leaves open and we do: exact numbers, ECMA's regular expressions, code points.</summary>
    [Theory]
    [InlineData(nameof(SchemaDraft.Draft4), "bignum", "ecmascript-regex", "float-overflow", "id", "non-bmp-regex", "zeroTerminatedFloats")]
    [InlineData(nameof(SchemaDraft.Draft6), "bignum", "ecmascript-regex", "float-overflow", "id", "non-bmp-regex", "unknownKeyword")]
    [InlineData(nameof(SchemaDraft.Draft7), "bignum", "ecmascript-regex", "float-overflow", "id", "non-bmp-regex", "unknownKeyword")]
    public void Optional_cases_about_numbers_ids_and_patterns_have_the_right_verdict(string draft, params string[] files) =>
        Check(draft, files.Select(file => PathOf("tests", draft.ToLowerInvariant(), "optional", file + ".json")), cases: 90);

    private static void Check(string draft, IEnumerable<string> files, int cases)
    {
        var remotes = Remotes(PathOf("remotes"));
        var failures = new List<string>();
        var count = files.Sum(file => Check(file, Enum.Parse<SchemaDraft>(draft), remotes, failures));

        failures.ShouldBeEmpty(string.Join('\n', failures));
        count.ShouldBeGreaterThanOrEqualTo(cases);
    }

    private static string PathOf(params ReadOnlySpan<string> parts)
    {
        var suite = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } data ? Path.Combine(data, "json-schema-test-suite") : null;
        if (suite is null || !Directory.Exists(suite)) Assert.Skip($"The official suite is not there: {Variable} must name a folder that holds json-schema-test-suite.");
        return Path.Combine([suite, .. parts]);
    }

    private static int Check(string file, SchemaDraft draft, Dictionary<string, ReadOnlyMemory<byte>> remotes, List<string> failures)
    {
        var count = 0;
        using var groups = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var group in groups.RootElement.EnumerateArray())
        {
            var name = $"{Path.GetFileName(file)}: {group.GetProperty("description")}";
            var schema = Encoding.UTF8.GetBytes(group.GetProperty("schema").GetRawText());
            if (!CompiledSchema.TryCompile(schema, out var compiled, out var problem, draft, remotes))
            {
                failures.Add($"{name}: {problem}");
                continue;
            }

            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                count++;
                var violation = compiled.Validate(JsonTape.Of(Encoding.UTF8.GetBytes(test.GetProperty("data").GetRawText())), JsonTape.Root);
                if (violation is null != test.GetProperty("valid").GetBoolean())
                    failures.Add($"{name}: {test.GetProperty("description")}: {violation?.ToString() ?? "taken for valid"}");
            }
        }

        return count;
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Remotes(string folder) =>
        Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).ToDictionary(
            file => RemoteRoot + Path.GetRelativePath(folder, file),
            file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file),
            StringComparer.Ordinal);
}
