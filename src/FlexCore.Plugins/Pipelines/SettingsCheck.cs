using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Checks a plugin's settings against the schema of its manifest. Every violation is reported where the value is written, and without it.</summary>
internal static class SettingsCheck
{
    private const int MostViolations = 100;

    // What these say of a text, or of what holds it, depends on its value.
    private static readonly string[] AskForValues =
        ["pattern", "format", "minLength", "maxLength", "contentEncoding", "contentMediaType", "enum", "const", "anyOf", "oneOf", "not", "contains", "uniqueItems"];

    private static readonly string[] Branches = ["then", "else"];

    public static IEnumerable<Error> Run(PluginManifest plugin, JsonObject settings, WrittenUse use)
    {
        if (plugin.ConfigSchema is not { } json) return [];
        var word = plugin.Kind == PluginKind.Task ? "input" : "config";
        var at = use.Settings?.At ?? use.Plugin.At;
        if (!CompiledSchema.TryCompile(JsonMarshal.GetRawUtf8Value(json).ToArray(), out var schema, out var problem))
            return [new Error(ErrorCodes.ConfigInvalid, $"plugin {plugin.Name}: its config schema is not usable: {problem}", at)];

        var tape = new JsonTape();
        if (tape.Read(JsonSerializer.SerializeToUtf8Bytes(settings, PluginsJson.Default.JsonNode)) is { } unreadable)
            return [new Error(ErrorCodes.ConfigInvalid, $"plugin {plugin.Name}: {word} {unreadable}", at)];

        var secrets = LateTemplate.FindAll(settings).Select(text => JsonPointer.To(tape, JsonTape.Root, text.Path.Aggregate(JsonTape.Root, (value, part) => JsonPointer.Step(tape, value, part)))).ToList();
        return schema.ValidateAll(tape, JsonTape.Root, MostViolations).Where(violation => !MayBeWrong(violation, secrets)).Select(violation => new Error(
            ErrorCodes.ConfigInvalid,
            $"plugin {plugin.Name}: {word}{Path(violation.InstancePath)} {violation.Message}{(secrets.Contains(violation.InstancePath) ? ", and a secret is a text" : "")}",
            Find(use.Settings, violation.InstancePath) ?? at));
    }

    /// <summary>Whether a violation may be none once the secrets have their values: nobody looks at those before the plugin does.</summary>
    private static bool MayBeWrong(SchemaViolation violation, List<string> secrets)
    {
        if (!secrets.Exists(secret => secret == violation.InstancePath || secret.StartsWith(violation.InstancePath + "/", StringComparison.Ordinal))) return false;
        var keywords = violation.SchemaPath.Split('/');
        return AskForValues.Contains(keywords[^1], StringComparer.Ordinal) || keywords.Intersect(Branches, StringComparer.Ordinal).Any();
    }

    /// <summary><c>/types/0</c> as <c>.types[0]</c>.</summary>
    private static string Path(string pointer) =>
        string.Concat(JsonPointer.Split(pointer).Select(part => part.Length > 0 && part.All(char.IsAsciiDigit) ? $"[{part}]" : $".{part}"));

    /// <summary>Where the value is written; of one that came with a reference, where the reference stands.</summary>
    private static SourceLocation? Find(YamlValue? value, string pointer)
    {
        foreach (var part in JsonPointer.Split(pointer))
        {
            var next = value switch
            {
                YamlMap map => map.Entries.FirstOrDefault(entry => Printable.Escape(entry.Key) == part)?.Value,
                YamlList list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var position) =>
                    list.Items.ElementAtOrDefault(position),
                _ => null,
            };
            if (next is null) break;
            value = next;
        }

        return value?.At;
    }
}
