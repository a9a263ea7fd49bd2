using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>A task plugin by itself as a pipeline: it has one step, and its input stands in the definition.</summary>
internal static class SinglePlugin
{
    /// <summary>What the names of such pipelines begin with.</summary>
    public const string Prefix = "plugin-";

    private const string FieldPrefix = "${input.";

    /// <summary>What is wrong with a wish for one as it stands.</summary>
    public static IEnumerable<Error> Check(string plugin, JsonElement input)
    {
        if (input.ValueKind != JsonValueKind.Object) yield return new Error(ErrorCodes.UsageInvalid, "the input must be a JSON object");
        if (Names.IsValid(plugin) && !Names.IsValid(Prefix + plugin)) yield return new Error(ErrorCodes.InvalidName, $"the runs of {plugin} cannot have a name: with '{Prefix}' before it, it is too long");
    }

    /// <summary>The pipeline.</summary>
    /// <param name="folders">Where plugins are.</param>
    /// <param name="name">The plugin.</param>
    /// <param name="input">What it gets: a JSON object.</param>
    /// <param name="args">Added to its command.</param>
    /// <param name="folder">The folder, absolute, that relative paths in the input are relative to.</param>
    /// <param name="grantAll">Whether it gets all that it asks, for this once.</param>
    public static Result<PipelineRequest> Define(IPluginFolders folders, string name, JsonElement input, IReadOnlyList<string> args, string folder, bool grantAll)
    {
        var found = folders.FindOf(name, PluginKind.Task, "only a task runs by itself", "Make it part of a pipeline, and try that with `flexcore run FILE --dry-run`.");
        if (!found.IsSuccess) return found.Errors.ToArray();
        var plugin = found.Value;
        var settings = JsonObject.Create(input)!;
        foreach (var field in plugin.Capabilities.Read.Concat(plugin.Capabilities.Write).Where(path => path.StartsWith(FieldPrefix, StringComparison.Ordinal)).Select(path => path[FieldPrefix.Length..^1]).Distinct(StringComparer.Ordinal))
        {
            if (settings[field] is { } paths) settings[field] = Absolute(paths, folder);
        }

        var task = new JsonObject { ["plugin"] = plugin.Name, ["input"] = settings };
        if (args.Count > 0) task["args"] = new JsonArray([.. args.Select(arg => JsonValue.Create(arg))]);
        var definition = new JsonObject
        {
            ["name"] = Prefix + plugin.Name,
            ["description"] = $"Single runs of the plugin {plugin.Name}",
            ["concurrency"] = "unlimited",
            ["steps"] = new JsonArray(new JsonObject { ["id"] = ExecutePlugin.Step, ["task"] = task }),
        };
        return new PipelineRequest(Path.Combine(plugin.RegisteredFolder ?? plugin.Folder, "plugin.yaml"), new Dictionary<string, string>(StringComparer.Ordinal), grantAll) { Recorded = JsonElement.Parse(definition.ToJsonString()) };
    }

    private static JsonNode Absolute(JsonNode paths, string folder) => paths switch
    {
        JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Absolute(item, folder))]),
        JsonValue value when value.TryGetValue<string>(out var path) && !path.StartsWith("${", StringComparison.Ordinal) => JsonValue.Create(Path.GetFullPath(path, folder)),
        _ => paths.DeepClone(),
    };
}
