using System.Text;
using System.Text.Json;
using FlexCore.Plugins;
using FlexCore.Plugins.Json;

namespace FlexCore.Abuse.Parsers;

/// <summary>
/// Texts that other parsers make something of, each in its own way, so that what one has checked is not what another one gets. The readers of
/// what plugins write refuse them. A lenient parser shows that each is taken somewhere.
/// </summary>
public sealed class ParserTests
{
    public static TheoryData<string> Attacks => [.. Texts.Keys];

    private static Dictionary<string, (byte[] Text, Action<byte[]> Takes)> Texts { get; } = new(StringComparer.Ordinal)
    {
        ["a key twice"] = ("""{"a":1,"a":2}"""u8.ToArray(), Usual),
        ["a key twice, once escaped"] = ("""{"a":1,"\u0061":2}"""u8.ToArray(), Usual),
        ["bytes that are not UTF-8"] = ([.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8], Usual),
        ["half a surrogate pair"] = ("""{"a":"\ud800"}"""u8.ToArray(), Usual),
        ["half a surrogate pair as a key"] = ("""{"\udc00":1}"""u8.ToArray(), Usual),
        ["nesting of 10,000"] = (Encoding.ASCII.GetBytes($"{{\"a\":{new string('[', 10_000)}{new string(']', 10_000)}}}"), bytes => JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = int.MaxValue }).Dispose()),
        ["not a number"] = ("""{"a":NaN}"""u8.ToArray(), Python),
        ["a raw control character"] = ("{\"a\":\"\u001b[2J\"}"u8.ToArray(), Python),
        ["a byte order mark"] = ("\ufeff{}"u8.ToArray(), bytes => JsonDocument.Parse(new StreamReader(new MemoryStream(bytes)).ReadToEnd()).Dispose()),
        ["two documents"] = ("{}{}"u8.ToArray(), TwoDocuments),
        ["comments"] = ("{/* } */}"u8.ToArray(), bytes => JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip }).Dispose()),
        ["a comma too many"] = ("""{"a":1,}"""u8.ToArray(), bytes => JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowTrailingCommas = true }).Dispose()),
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void What_others_take_is_refused(string attack)
    {
        var (text, takes) = Texts[attack];
        Should.NotThrow(() => takes(text));

        PluginJson.ParseObject(text).ShouldBeNull();
        new JsonTape().Read(text).ShouldNotBeNull();
    }

    [Fact]
    public void Number_that_fits_nowhere_stays_as_it_was_written()
    {
        JsonDocument.Parse("""{"a":1e999999}""").RootElement.GetProperty("a").GetDouble().ShouldBe(double.PositiveInfinity);

        PluginJson.ParseObject("""{"a":1e999999}"""u8.ToArray())!.Value.GetRawText().ShouldBe("""{"a":1e999999}""");
        new JsonTape().Read("""{"a":1e999999}"""u8.ToArray()).ShouldBeNull();
    }

    [Fact]
    public void Two_hundred_thousand_keys_are_read()
    {
        var keys = Encoding.ASCII.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 200_000).Select(key => $"\"{key}\":0"))}}}");

        PluginJson.ParseObject(keys).ShouldNotBeNull();
        new JsonTape().Read(keys).ShouldBeNull();
    }

    private static void Usual(byte[] text) => JsonDocument.Parse(text).Dispose();

    private static void TwoDocuments(byte[] text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
        }
    }

    private static void Python(byte[] text) =>
        Command.RunAsync("/usr/bin/python3", ["-c", "import json, sys; json.loads(bytes.fromhex(sys.argv[1]), strict=False)", Convert.ToHexString(text)], "/")
            .GetAwaiter().GetResult().ShouldExitWith(0);
}
