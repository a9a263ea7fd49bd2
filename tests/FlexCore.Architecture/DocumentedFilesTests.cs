using System.Text.Json;
using FlexCore.Testing;
using YamlDotNet.RepresentationModel;

namespace FlexCore.Architecture;

/// <summary>YAML and JSON that documents show can be read, and has the keys of the published schemas.</summary>
public sealed class DocumentedFilesTests
{
    private static readonly string[] Schemas = ["flexcore", "pipeline", "plugin"];

    /// <summary>Maps whose keys are the user's.</summary>
    private static readonly HashSet<string> Open = new(["environments", "roles", "channels", "grants", "rename", "cast", "derive", "mask"], StringComparer.Ordinal);

    /// <summary>Values of which all is the user's.</summary>
    private static readonly HashSet<string> Free = new(["body", "config", "headers", "input", "matrix", "output", "parameters", "query", "reshape", "set", "vars"], StringComparer.Ordinal);

    [Fact]
    public void Every_key_of_YAML_in_a_document_is_one_of_the_schemas()
    {
        var known = Schemas.SelectMany(name => KeysOf(JsonDocument.Parse(File.ReadAllText(Repository.PathOf("docs", "reference", $"{name}.schema.json"))).RootElement)).ToHashSet(StringComparer.Ordinal);
        var blocks = BlocksOf("yaml").ToList();

        blocks.SelectMany(block => Read(block.Text).SelectMany(root => UnknownIn(root, known)).Select(key => $"{block.File}: {key}")).ShouldBeEmpty();
        blocks.Count.ShouldBeGreaterThan(30);
        UnknownIn(Read("steps: [{ id: a, retries: 3 }]").Single(), known).ShouldBe(["retries"]);
    }

    [Fact]
    public void Every_block_of_JSON_in_a_document_is_JSON()
    {
        var broken = new List<string>();
        foreach (var (file, text) in BlocksOf("json"))
        {
            // One document, or one in each line.
            try
            {
                JsonDocument.Parse(text).Dispose();
            }
            catch (JsonException) when (text.StartsWith('{') && text.Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } lines && lines.All(line => line.StartsWith('{') && line.EndsWith('}')))
            {
                foreach (var line in lines) JsonDocument.Parse(line).Dispose();
            }
            catch (JsonException e)
            {
                broken.Add($"{file}: {e.Message}\n{text}");
            }
        }

        broken.ShouldBeEmpty();
    }

    private static IEnumerable<(string File, string Text)> BlocksOf(string language) =>
        DocumentedCode.Documents().SelectMany(file => DocumentedCode.BlocksOf(file, language).Select(text => (file, text)));

    private static IEnumerable<YamlNode> Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => document.RootNode);
    }

    private static IEnumerable<string> UnknownIn(YamlNode node, HashSet<string> known, bool isOpen = false) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child =>
        {
            var key = ((YamlScalarNode)child.Key).Value!;
            if (!isOpen && !known.Contains(key)) return [key];
            return Free.Contains(key) ? [] : UnknownIn(child.Value, known, Open.Contains(key));
        }),
        YamlSequenceNode list => list.Children.SelectMany(item => UnknownIn(item, known)),
        _ => [],
    };

    private static IEnumerable<string> KeysOf(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().SelectMany(member =>
            (member is { Name: "properties", Value.ValueKind: JsonValueKind.Object } ? member.Value.EnumerateObject().Select(property => property.Name) : []).Concat(KeysOf(member.Value))),
        JsonValueKind.Array => schema.EnumerateArray().SelectMany(KeysOf),
        _ => [],
    };
}
