using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>Settings that hold what must not be seen.</summary>
internal static class SecretTexts
{
    /// <summary>A password or the like: a reference, never written out, for the definition is on record.</summary>
    public static JsonNode? FindSecretText(this MapReader map, string key, WrittenSettings settings, List<Error> errors)
    {
        if (map.Find(key) is not { } value) return null;
        if (value is YamlScalar && settings.Refers(value)) return settings.Json(value);
        errors.Add(new Error(ErrorCodes.SecretWrittenOut, $"'{key}' is a secret, and its value is written out", value.At));
        return null;
    }
}
