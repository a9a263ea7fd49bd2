using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>
/// Reads <c>reshape</c>: a text that begins with <c>/</c> is a pointer into the value, <c>{ value: … }</c> stands for itself, other mappings and lists are made of their parts, and all else stands for
/// itself. What is decided here is not decided again when texts are complete: nothing that a reference brings becomes a pointer.
/// </summary>
internal sealed class ShapeReader(WrittenSettings settings, List<Error> errors)
{
    private const string Literal = "value";

    public JsonObject Read(YamlValue value) => value switch
    {
        YamlMap { Entries: [{ Key: Literal } only] } => new JsonObject { ["value"] = settings.Json(only.Value) },
        YamlMap map => new JsonObject { ["members"] = new JsonObject(map.Entries.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, Read(entry.Value)))) },
        YamlList list => new JsonObject { ["items"] = new JsonArray([.. list.Items.Select(Read)]) },
        YamlScalar pointer when pointer.Text.StartsWith('/') && !settings.Refers(value) => Pointer(pointer),
        _ => new JsonObject { ["value"] = settings.Json(value) },
    };

    /// <summary>A pointer (RFC 6901) that a setting may be; null where there is none.</summary>
    public string? FindPointer(MapReader map, string key)
    {
        if (map.Find(key) is not { } value) return null;
        if (value is YamlScalar text && !settings.IsLate(value)) return Check(text);
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a JSON pointer such as /data/items", value.At));
        return null;
    }

    private JsonObject Pointer(YamlScalar text) => new() { ["pointer"] = Check(text) };

    private string? Check(YamlScalar text)
    {
        if (IsPointer(text.Text)) return text.Text;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(text.Text)}' is no JSON pointer (RFC 6901): it is empty or begins with /, and ~ is written ~0, / within a name ~1", text.At));
        return null;
    }

    private static bool IsPointer(string text)
    {
        if (text.Length > 0 && text[0] != '/') return false;
        for (var at = text.IndexOf('~', StringComparison.Ordinal); at >= 0; at = text.IndexOf('~', at + 1))
        {
            if (at + 1 >= text.Length || text[at + 1] is not ('0' or '1')) return false;
        }

        return true;
    }
}
