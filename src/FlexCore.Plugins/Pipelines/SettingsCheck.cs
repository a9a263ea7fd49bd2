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

        return schema.ValidateAll(tape, JsonTape.Root, MostViolations).Select(violation => new Error(
            ErrorCodes.ConfigInvalid,
            $"plugin {plugin.Name}: {word}{Path(violation.InstancePath)} {violation.Message}",
            Find(use.Settings, violation.InstancePath) ?? at));
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
