using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Execution;

/// <summary>Hides secret values wherever text leaves the runtime. It goes by value, so the plugin cannot get around it by another name.</summary>
internal sealed class SecretMask
{
    /// <summary>What stands where a secret stood.</summary>
    public const string Mask = "***";

    private const int ShortestSecret = 4;

    private readonly string[] _secrets;

    private SecretMask(IEnumerable<string> secrets) =>
        _secrets = [.. secrets.SelectMany(Forms).Where(form => form.Length >= ShortestSecret).Distinct().OrderByDescending(form => form.Length)];

    /// <summary>Knows the fields that the plugins' schemas mark as secret, with the values they have in this run.</summary>
    public static SecretMask For(IEnumerable<PluginUse> uses) => new(uses.SelectMany(Secrets));

    /// <summary>The text without secrets.</summary>
    public string Apply(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The value without secrets in its texts.</summary>
    public JsonElement Apply(JsonElement json) => _secrets.Length == 0 ? json : Apply(JsonSerializer.SerializeToNode(json, PluginsJson.Default.JsonElement)).ToElement();

    /// <summary>The value without secrets in its texts.</summary>
    public JsonNode? Apply(JsonNode? json) => json switch
    {
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(Apply(entry.Key), Apply(entry.Value))).DistinctBy(entry => entry.Key)),
        JsonArray list => new JsonArray([.. list.Select(Apply)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Apply(text),
        _ => json?.DeepClone(),
    };

    private static IEnumerable<string> Secrets(PluginUse use) =>
        use.Manifest.SecretFields
            .Select(field => use.Settings.TryGetProperty(field, out var value) ? value : default)
            .Where(value => value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(value => value.ToString());

    /// <summary>A secret as it stands, as a JSON text, and each of its lines: a key of several lines is logged line by line.</summary>
    private static IEnumerable<string> Forms(string secret) =>
        [secret, JsonEncodedText.Encode(secret).ToString(), JsonEncodedText.Encode(secret, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), .. secret.Split(['\r', '\n'])];
}
