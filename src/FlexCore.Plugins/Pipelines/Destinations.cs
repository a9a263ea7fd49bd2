using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads lists <c>net</c>: what a plugin asks for, and what it is granted.</summary>
internal static partial class Destinations
{
    /// <summary>A destination in the one form in which two can be compared; null, and an error, when the text is none.</summary>
    public static string? Read(string text, SourceLocation at, List<Error> errors)
    {
        var endpoint = SandboxEndpoint.Parse(text, out var problem);
        if (endpoint is null) errors.Add(new Error(ErrorCodes.InvalidValue, $"'net': '{text}' {problem}", at));
        return endpoint?.ToString();
    }

    /// <summary>
    /// What a plugin asks for with these settings, whose fields it may refer to: <c>${config.host}:5432</c>. A reference that is the
    /// whole text may be to a list. An absent field stands for the default that its schema names; where there is none, nothing is asked for.
    /// </summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="prefix">What its references begin with, such as <c>config.</c>.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="use">Where they are written.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <returns>Each with what the manifest says for it.</returns>
    public static List<Ask> Asked(PluginManifest plugin, string prefix, JsonObject settings, WrittenUse use, List<Error> errors)
    {
        var asked = plugin.Capabilities.Net.SelectMany(text => Fill(text).OfType<string>().Select(destination => new Ask(text, destination))).DistinctBy(ask => ask.Definite).ToList();
        if (asked.Count > SandboxEndpoint.MostPerSandbox)
            errors.Add(new Error(ErrorCodes.InvalidValue, $"plugin {plugin.Name} asks for {asked.Count} destinations; at most {SandboxEndpoint.MostPerSandbox} can be granted", use.Plugin.At));
        return asked;

        IEnumerable<string?> Fill(string text)
        {
            var references = Reference().Matches(text);
            var fields = references.Select(reference => Field(reference.Groups["path"].Value)).ToList();
            if (fields.Contains(null)) return [];
            var values = fields.ConvertAll(field => settings[field!] ?? DefaultOf(field!));
            if (values.Contains(null)) return [];

            var at = fields.Count > 0 ? PlaceOf(fields[0]!) : use.Plugin.At;
            if (values.Exists(value => LateTemplate.FindAll(value!).Count > 0))
            {
                errors.Add(LateTemplate.Shown(fields[0]!, "a destination", at));
                return [];
            }

            if (values is [JsonArray list] && references[0].Length == text.Length) return [.. list.Select(item => Read(Text(item), at, errors))];
            var next = 0;
            return [Read(Reference().Replace(text, _ => Text(values[next++])), at, errors)];
        }

        string? Field(string path)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && !plugin.SecretFields.Contains(path[prefix.Length..])) return path[prefix.Length..];
            errors.Add(new Error(ErrorCodes.UnknownReference, $"plugin {plugin.Name} asks for 'net' with '${{{path}}}'; it can refer to ${{{prefix}FIELD}} of a field that is not secret", use.Plugin.At));
            return null;
        }

        // What the plugin itself will take for it.
        JsonNode? DefaultOf(string field) =>
            plugin.ConfigSchema is { ValueKind: JsonValueKind.Object } schema && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(field, out var described) && described.ValueKind == JsonValueKind.Object && described.TryGetProperty("default", out var value)
                ? JsonNode.Parse(value.GetRawText()) : null;

        SourceLocation PlaceOf(string field) => use.Settings?.Entries.FirstOrDefault(entry => entry.Key == field)?.Value.At ?? use.Plugin.At;
    }

    private static string Text(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "";

    [GeneratedRegex(@"\$\{(?<path>[^{}]*)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
