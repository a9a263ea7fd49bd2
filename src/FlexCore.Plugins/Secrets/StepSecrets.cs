using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Secrets;

/// <summary>The secrets of the plugins of one step, in memory for as long as an attempt of it lasts, and what completes their settings beside these.</summary>
internal sealed class StepSecrets
{
    private readonly Dictionary<string, string> _values;
    private readonly IReadOnlyList<EarlierStep> _earlier;

    private StepSecrets(Dictionary<string, string> values, IReadOnlyList<EarlierStep> earlier, IReadOnlyList<PluginUse> plugins)
    {
        (_values, _earlier) = (values, earlier);
        Mask = SecretMask.Of([.. values.Values, .. plugins.SelectMany(use => WriteOnlyValues(use.Manifest.SecretFields, Complete(use)))]);
    }

    /// <summary>Hides them, and the values of fields that the plugins' schemas mark as secret.</summary>
    public SecretMask Mask { get; }

    /// <summary>Looks up what these plugins get.</summary>
    /// <param name="secrets">Where secrets come from.</param>
    /// <param name="earlier">The steps that have ended before.</param>
    /// <param name="plugins">The plugins.</param>
    /// <param name="own">The texts of the step itself that are to be completed.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="FlexCoreException">One of them is not there (any more).</exception>
    public static async Task<StepSecrets> FetchAsync(ISecrets secrets, IReadOnlyList<EarlierStep> earlier, IReadOnlyList<PluginUse> plugins, IReadOnlyList<LateText> own, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in plugins.SelectMany(use => use.Secrets).Concat(own.SelectMany(text => text.Secrets)).Distinct(StringComparer.Ordinal))
        {
            var found = await secrets.FindAsync(name, cancellationToken);
            values[name] = found.IsSuccess ? found.Value : throw new FlexCoreException(found.Errors);
        }

        return new StepSecrets(values, earlier, plugins);
    }

    /// <summary>The values of the fields that are marked as secret.</summary>
    public static IEnumerable<string> WriteOnlyValues(IEnumerable<string> fields, JsonElement settings) =>
        fields.Select(field => settings.TryGetProperty(field, out var value) ? value : default)
            .Where(value => value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(value => value.ToString());

    /// <summary>A plugin's settings with the secrets, and what earlier steps have left, in them: only for a file, or a pipe, that it alone can read.</summary>
    public JsonElement Complete(PluginUse use) => Complete(use.Settings, use.LateTexts);

    /// <summary>The same of what a step does inside the runtime.</summary>
    public JsonElement Complete(BuiltInStep step) => Complete(step.Settings, step.LateTexts);

    private JsonElement Complete(JsonElement written, IReadOnlyList<LateText> texts)
    {
        if (texts.Count == 0) return written;
        var settings = JsonSerializer.SerializeToNode(written, PluginsJson.Default.JsonElement)!;
        foreach (var text in texts) Put(settings, text);
        return settings.ToElement();
    }

    /// <summary>A secret that a plugin of the step was granted.</summary>
    public string Find(string name) => _values[name];

    /// <summary>The files of the secrets that a plugin was granted.</summary>
    public IEnumerable<PluginFile> FilesOf(PluginUse use) => use.Grant.Secrets.Select(name => new PluginFile(FileOf(name), Encoding.UTF8.GetBytes(_values[name])));

    /// <summary>What is on record of the secrets that a plugin gets.</summary>
    /// <param name="use">The plugin.</param>
    /// <param name="settingsPlace">Where it finds its settings.</param>
    /// <param name="runFolder">Where it finds its files.</param>
    public static IEnumerable<SecretMounted> Mounted(PluginUse use, string settingsPlace, string runFolder) =>
    [
        .. use.LateTexts.SelectMany(text => text.Secrets).Distinct(StringComparer.Ordinal).Select(name => new SecretMounted(name, settingsPlace)),
        .. use.Grant.Secrets.Select(name => new SecretMounted(name, $"{runFolder}/{FileOf(name)}")),
    ];

    private static string FileOf(string name) => $"{PluginFile.Secrets}/{name}";

    private void Put(JsonNode settings, LateText text)
    {
        var holder = text.Path.SkipLast(1).Aggregate(settings, (node, part) => node is JsonArray list ? list[Position(part)]! : node[part]!);
        var value = text.StepValueAlone is { } alone ? StepValue.Parse(alone)!.Find(_earlier) : text.Complete(ValueOf);
        if (holder is JsonArray items) items[Position(text.Path[^1])] = value;
        else holder[text.Path[^1]] = value;
    }

    private string ValueOf(LatePart part) => part.Kind == LatePartKind.Secret ? _values[part.Text] : References.AsText(StepValue.Parse(part.Text)!.Find(_earlier));

    private static int Position(string part) => int.Parse(part, CultureInfo.InvariantCulture);
}
