using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Plugins.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Yaml;

public sealed class YamlWriterTests
{
    // What YAML gives a meaning to, alone and at every place of a text.
    private static readonly string[] Pieces =
        ["a", " ", "-", "- ", ": ", ":", "#", " #", "'", "\"", "\\", "{", "}", "[", "]", ",", "&a", "*a", "!", "|", ">", "%", "@", "`", "?", "~", "null", "true", "1", "1.5", "+7", "---", "...", "\n", "\r", "\t", "\u00e9", "\u0085", "\u2028", "\uFEFF", "\U0001F600", "${vars.x}", "\u001b"];

    private static readonly Gen<string> Texts = Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces.Take(8)));

    [Theory]
    [InlineData("""{"name":"orders","vars":{"top":5,"none":null,"on":true},"needs":["load"]}""", "name: orders\nvars:\n  top: 5\n  none: null\n  on: true\nneeds:\n  - load\n")]
    [InlineData("""{"text":"5","word":"true","empty":"","list":[],"map":{}}""", "text: \"5\"\nword: \"true\"\nempty: \"\"\nlist: []\nmap: {}\n")]
    public void Json_is_written_one_value_a_line_and_quoted_where_it_would_be_read_as_something_else(string json, string yaml) => YamlWriter.Write(JsonElement.Parse(json)).ShouldBe(yaml);

    [Theory]
    [InlineData("1.50")]
    [InlineData("1e999999")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("-0")]
    public void Number_keeps_its_digits(string number) => ReadBack($$"""{"n":{{number}}}""").ShouldBe($$"""{"n":{{number}}}""");

    [Fact]
    public void Every_text_is_read_as_it_was_written_as_a_key_as_a_value_and_in_a_list() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(3000),
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var json = new JsonObject { ["k" + text] = text, ["list"] = new JsonArray(text, new JsonObject { ["deep"] = text }) }.ToJsonString();
            ReadBack(json).ShouldBe(json);
        }));

    private static string ReadBack(string json)
    {
        var read = YamlFile.Parse(YamlWriter.Write(JsonElement.Parse(json)), "written.yaml");
        return read.Value.ToJson(scalar => scalar.ToJson())!.ToJsonString();
    }
}
