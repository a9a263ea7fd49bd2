using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Sdk.Settings;

/// <summary>JSON Schema (draft 7) of a type of settings, from the type and its attributes.</summary>
internal static class SettingsSchema
{
    private static readonly JsonSchemaExporterOptions Options = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };

    public static JsonObject Of(JsonTypeInfo type)
    {
        var schema = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#" };
        foreach (var (key, value) in type.GetJsonSchemaAsNode(Options).AsObject()) schema[key] = value?.DeepClone();
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema || context.PropertyInfo is not { } property) return node;
        if (Find<DescriptionAttribute>(property) is { } description) schema.Insert(0, "description", description.Description);
        if (Find<SecretAttribute>(property) is not null) schema["writeOnly"] = true;
        if (Find<RangeAttribute>(property) is { } range) (schema["minimum"], schema["maximum"]) = (Number(range.Minimum), Number(range.Maximum));

        // That a setting may be left out is said by `required`; nobody writes null.
        if (schema["type"] is JsonArray types && types.Count == 2 && types.Any(type => type!.GetValue<string>() == "null"))
            schema["type"] = types.First(type => type!.GetValue<string>() != "null")!.DeepClone();
        if (schema.TryGetPropertyValue("default", out var absent) && absent is null) schema.Remove("default");
        if (schema["enum"] is JsonArray words && words.Contains(null)) words.Remove(null);
        return schema;
    }

    private static JsonValue Number(object bound) => JsonValue.Create(Convert.ToInt64(bound, CultureInfo.InvariantCulture));

    private static T? Find<T>(JsonPropertyInfo property)
        where T : Attribute =>
        First<T>(property.AssociatedParameter?.AttributeProvider) ?? First<T>(property.AttributeProvider);

    private static T? First<T>(ICustomAttributeProvider? provider)
        where T : Attribute => provider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();
}
