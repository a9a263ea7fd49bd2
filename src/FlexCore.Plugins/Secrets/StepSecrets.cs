using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Secrets;

/// <summary>The secrets of the plugins of one step, in memory for as long as an attempt of it lasts.</summary>
internal sealed class StepSecrets
{
    private readonly Dictionary<string, string> _values;

    private StepSecrets(Dictionary<string, string> values, IReadOnlyList<PluginUse> plugins)
    {
        _values = values;
        Mask = SecretMask.Of([.. values.Values, .. plugins.SelectMany(use => WriteOnlyValues(use.Manifest.SecretFields, Complete(use)))]);
    }

    /// <summary>Hides them, and the values of fields that the plugins' schemas mark as secret.</summary>
    public SecretMask Mask { get; }

    /// <summary>Looks up what these plugins get.</summary>
    /// <exception cref="FlexCoreException">One of them is not there (any more).</exception>
    public static async Task<StepSecrets> FetchAsync(ISecrets secrets, IReadOnlyList<PluginUse> plugins, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in plugins.SelectMany(use => use.Secrets).Distinct(StringComparer.Ordinal))
        {
            var found = await secrets.FindAsync(name, cancellationToken);
            values[name] = found.IsSuccess ? found.Value : throw new FlexCoreException(found.Errors);
        }

        return new StepSecrets(values, plugins);
    }

    /// <summary>The values of the fields that are marked as secret.</summary>
    public static IEnumerable<string> WriteOnlyValues(IEnumerable<string> fields, JsonElement settings) =>
        fields.Select(field => settings.TryGetProperty(field, out var value) ? value : default)
            .Where(value => value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(value => value.ToString());

    /// <summary>A plugin's settings with the secrets in them: only for a file, or a pipe, that it alone can read.</summary>
    public JsonElement Complete(PluginUse use)
    {
        if (use.SecretTexts.Count == 0) return use.Settings;
        var settings = JsonSerializer.SerializeToNode(use.Settings, PluginsJson.Default.JsonElement)!;
        foreach (var text in use.SecretTexts) Put(settings, text);
        return settings.ToElement();
    }

    /// <summary>The files of the secrets that a plugin was granted.</summary>
    public IEnumerable<PluginFile> FilesOf(PluginUse use) => use.Grant.Secrets.Select(name => new PluginFile(FileOf(name), Encoding.UTF8.GetBytes(_values[name])));

    /// <summary>What is on record of the secrets that a plugin gets.</summary>
    /// <param name="use">The plugin.</param>
    /// <param name="settingsPlace">Where it finds its settings.</param>
    /// <param name="runFolder">Where it finds its files.</param>
    public static IEnumerable<SecretMounted> Mounted(PluginUse use, string settingsPlace, string runFolder) =>
    [
        .. use.SecretTexts.SelectMany(text => text.Names).Distinct(StringComparer.Ordinal).Select(name => new SecretMounted(name, settingsPlace)),
        .. use.Grant.Secrets.Select(name => new SecretMounted(name, $"{runFolder}/{FileOf(name)}")),
    ];

    private static string FileOf(string name) => $"{PluginFile.Secrets}/{name}";

    private void Put(JsonNode settings, SecretText text)
    {
        var holder = text.Path.SkipLast(1).Aggregate(settings, (node, part) => node is JsonArray list ? list[Position(part)]! : node[part]!);
        JsonNode value = text.Complete(name => _values[name]);
        if (holder is JsonArray items) items[Position(text.Path[^1])] = value;
        else holder[text.Path[^1]] = value;
    }

    private static int Position(string part) => int.Parse(part, CultureInfo.InvariantCulture);
}
