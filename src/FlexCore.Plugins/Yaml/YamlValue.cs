using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.Yaml;

/// <summary>A YAML node that knows where it stands.</summary>
internal abstract record YamlValue(SourceLocation At)
{
    /// <summary>How many nodes it stands for, aliases expanded.</summary>
    public abstract int Size { get; }

    /// <summary>The same value in JSON; plain scalars by YAML 1.2's core schema.</summary>
    /// <param name="text">What becomes of each string.</param>
    public abstract JsonNode? ToJson(Func<YamlScalar, JsonNode?> text);
}

/// <summary>A scalar.</summary>
/// <param name="Text">As written, escapes resolved.</param>
/// <param name="IsPlain">Without quotes, so that it may be a number, a boolean or null.</param>
/// <param name="At">Where.</param>
internal sealed partial record YamlScalar(string Text, bool IsPlain, SourceLocation At) : YamlValue(At)
{
    public override int Size => 1;

    /// <summary>Whether it is null by the core schema.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override JsonNode? ToJson(Func<YamlScalar, JsonNode?> text) => text(this);

    /// <summary>The scalar by the core schema: null, boolean, number or string. Numbers keep their digits.</summary>
    public JsonNode? ToJson()
    {
        if (!IsPlain) return JsonValue.Create(Text);
        if (IsNull) return null;
        return Text switch
        {
            "true" or "True" or "TRUE" => JsonValue.Create(value: true),
            "false" or "False" or "FALSE" => JsonValue.Create(value: false),
            _ when JsonNumber().IsMatch(Text) => JsonNode.Parse(Text),
            _ when long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            _ => JsonValue.Create(Text),
        };
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JsonNumber();
}

/// <summary>A sequence.</summary>
internal sealed record YamlList(IReadOnlyList<YamlValue> Items, SourceLocation At) : YamlValue(At)
{
    public override int Size { get; } = 1 + Items.Sum(item => item.Size);

    public override JsonNode ToJson(Func<YamlScalar, JsonNode?> text) => new JsonArray([.. Items.Select(item => item.ToJson(text))]);
}

/// <summary>A mapping; its keys are distinct.</summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, SourceLocation At) : YamlValue(At)
{
    public override int Size { get; } = 1 + Entries.Sum(entry => 1 + entry.Value.Size);

    public override JsonNode ToJson(Func<YamlScalar, JsonNode?> text) =>
        new JsonObject(Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToJson(text))));
}

/// <summary>One entry of a mapping.</summary>
internal sealed record YamlEntry(string Key, SourceLocation KeyAt, YamlValue Value);

/// <summary>JSON that is handed on as an immutable value.</summary>
internal static class JsonValues
{
    /// <summary>Freezes a node.</summary>
    public static JsonElement ToElement(this JsonNode? node) => JsonSerializer.SerializeToElement(node, PluginsJson.Default.JsonNode);
}
