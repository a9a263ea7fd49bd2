using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A definition on its way into the record: as it was written, but for the values of secret fields.</summary>
internal sealed class PipelineDocument(JsonObject json)
{
    // What JSON escapes beyond need (halves of surrogate pairs among it) is no YAML.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Error> _masked = [];

    /// <summary>What goes on record.</summary>
    public JsonObject Json => json;

    /// <summary>What was masked, each as what is wrong with it where the record is to be run.</summary>
    public IReadOnlyList<Error> Masked => _masked;

    /// <summary>Hides the values of a plugin's secret fields that are written out.</summary>
    public void Mask(WrittenUse use, PluginManifest manifest)
    {
        JsonNode? settings = json;
        foreach (var part in use.Path.Split('/'))
            settings = settings is JsonArray list ? list[int.Parse(part, CultureInfo.InvariantCulture)] : settings?[part];
        foreach (var field in manifest.SecretFields)
        {
            if (settings is not JsonObject fields || !fields.TryGetPropertyValue(field, out var value) || References.IsSecretAlone(value)) continue;
            fields[field] = SecretMask.Mask;
            var at = use.Settings!.Entries.First(entry => entry.Key == field).Value.At;
            _masked.Add(new Error(ErrorCodes.SecretWrittenOut, $"plugin {manifest.Name}: '{field}' is a secret field, and its value is written out", at));
        }
    }

    /// <summary>A definition that was recorded as YAML, which JSON is.</summary>
    public static string ToYaml(JsonElement definition)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Plain)) definition.WriteTo(writer);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
