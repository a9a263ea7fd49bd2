using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A definition as it was recorded.</summary>
internal static class PipelineDocument
{
    // What JSON escapes beyond need (halves of surrogate pairs among it) is no YAML.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As YAML, which JSON is.</summary>
    public static string ToYaml(JsonElement definition)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Plain)) definition.WriteTo(writer);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
