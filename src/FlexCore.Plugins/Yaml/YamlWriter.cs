using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Yaml;

/// <summary>Writes JSON as YAML for people: one value a line, and each value in one form alone. <see cref="YamlFile"/> reads the same value from it.</summary>
internal static partial class YamlWriter
{
    private static readonly SourceLocation Nowhere = new("", 1, 1);

    /// <summary>Writes one document.</summary>
    public static string Write(JsonElement value) => string.Concat(Lines(value).Select(line => line + "\n"));

    private static IEnumerable<string> Lines(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object when value.EnumerateObject().Any() => value.EnumerateObject().SelectMany(member => Lines(member.Name, member.Value)),
        JsonValueKind.Array when value.GetArrayLength() > 0 => value.EnumerateArray().SelectMany(item => Lines(item).Select((line, index) => (index == 0 ? "- " : "  ") + line)),
        JsonValueKind.Object => ["{}"],
        JsonValueKind.Array => ["[]"],
        JsonValueKind.String => [Text(value.GetString()!)],
        _ => [value.GetRawText()],
    };

    private static IEnumerable<string> Lines(string key, JsonElement value)
    {
        var isBlock = value.ValueKind switch
        {
            JsonValueKind.Object => value.EnumerateObject().Any(),
            JsonValueKind.Array => value.GetArrayLength() > 0,
            _ => false,
        };
        return isBlock ? [Text(key) + ":", .. Lines(value).Select(line => "  " + line)] : [$"{Text(key)}: {Lines(value).Single()}"];
    }

    /// <summary>Without quotes where it is read as this text all the same, else as in JSON, whose texts YAML reads too.</summary>
    private static string Text(string text) =>
        PlainText().IsMatch(text) && new YamlScalar(text, IsPlain: true, Nowhere).ToJson()?.GetValueKind() == JsonValueKind.String
            ? text
            : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text).Replace("\uFEFF", @"\uFEFF", StringComparison.Ordinal)}\"";

    // Narrower than YAML's rule for plain scalars, and safe at every place.
    [GeneratedRegex(@"\A([\p{L}_$/]|\.{1,2}/)([\p{L}\p{N}_$./@{}()+=,;'-]|[ ](?=[^ #:])|:(?=[^\s:]))*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainText();
}
