using System.Text;
using FlexCore.Plugins.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Yaml;

public sealed class YamlFuzz
{
    [Fact]
    public void Any_text_of_YAML_fragments_is_read_or_refused()
    {
        var fragment = Gen.Elements("a", ": ", "- ", "[", "]", "{", "}", ",", "\n", "\n  ", "\t", "&x ", "*x", "!t ", "? ", "| ", "> ", "'", "\"", "\\u12", "\\", "#", "---\n", "...\n", "%YAML 1.2\n", "<<", "\0", "\u0085", "\ufeff", "é", "🙂", "~", "1e5");

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(fragment.ListOf().Select(string.Concat).ToArbitrary(), text => IsReadOrRefused(text)));
    }

    [Fact]
    public void Any_mutation_of_a_pipeline_file_is_read_or_refused() =>
        Mutations.Run(Encoding.UTF8.GetBytes(Pipelines.PipelineReaderTests.Sync), seed: 4711, bytes => IsReadOrRefused(Encoding.UTF8.GetString(bytes)).ShouldBeTrue());

    private static bool IsReadOrRefused(string text)
    {
        var result = YamlFile.Parse(text, "p.yaml");
        return result.IsSuccess ? result.Value.ToJson(scalar => scalar.ToJson()) is not null : result.Errors.All(error => error.Message.Length > 0);
    }
}
