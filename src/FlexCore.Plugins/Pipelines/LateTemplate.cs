using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Plugins.Pipelines;

/// <summary>
/// Stands in a plugin's settings for a text that is complete only when its step starts, while the pipeline is read. It is no string there: whoever wants
/// one, such as a path, does not get it. In JSON it is the text as it was written.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed record LateTemplate(IReadOnlyList<LatePart> Parts)
{
    /// <summary>The node that stands there.</summary>
    public JsonNode ToNode() => JsonValue.Create(this, PluginsJson.Default.LateTemplate)!;

    /// <summary>Refuses one in a setting that says what a plugin is granted.</summary>
    /// <param name="field">The setting.</param>
    /// <param name="what">What it names, such as a path.</param>
    /// <param name="at">Where it stands.</param>
    public static Error Shown(string field, string what, SourceLocation at) =>
        new(ErrorCodes.SecretMisplaced, $"'{field}' names {what} that the plugin is granted, and grants are shown before the run: there cannot be a secret in it, nor what an earlier step leaves", at, $"Write {what} out.");

    /// <summary>All of them in some settings.</summary>
    public static IReadOnlyList<LateText> FindAll(JsonNode settings)
    {
        var found = new List<LateText>();
        Find(settings, []);
        return found;

        void Find(JsonNode? node, IReadOnlyList<string> path)
        {
            switch (node)
            {
                case JsonObject map:
                    foreach (var (name, value) in map) Find(value, [.. path, name]);
                    break;
                case JsonArray list:
                    foreach (var (position, item) in list.Index()) Find(item, [.. path, position.ToString(CultureInfo.InvariantCulture)]);
                    break;
                case JsonValue value when value.TryGetValue<LateTemplate>(out var template):
                    found.Add(new LateText(path, template.Parts));
                    break;
            }
        }
    }

    /// <summary>As it was written.</summary>
    public override string ToString() => string.Concat(Parts);

    internal sealed class Converter : JsonConverter<LateTemplate>
    {
        public override LateTemplate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, LateTemplate value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
