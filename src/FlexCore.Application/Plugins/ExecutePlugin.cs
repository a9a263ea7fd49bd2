using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Plugins;

/// <summary>Runs a task plugin once, now, in this process. It is the run of a pipeline of one step, <see cref="Step"/>, which is recorded under <see cref="PipelineOf"/>: its history is that of any run.</summary>
/// <param name="Plugin">The plugin, as a pipeline of the project would find it.</param>
/// <param name="Input">What it gets: a JSON object, with references as in a pipeline.</param>
/// <param name="Folder">The folder, absolute, that relative paths among these are relative to.</param>
/// <param name="GrantAll">Whether it gets all that it asks, for this once.</param>
/// <param name="Observer">Told of what happens.</param>
/// <param name="Stop">Ends it.</param>
public sealed record ExecutePlugin(string Plugin, JsonElement Input, string Folder, bool GrantAll, IRunObserver Observer, StopSignal Stop) : ICommand<RunState>
{
    /// <summary>The id of the one step.</summary>
    public const string Step = "run";

    private const string Prefix = "plugin-";

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <summary>The pipeline that its runs belong to.</summary>
    public static string PipelineOf(string plugin) => Prefix + plugin;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate()
    {
        if (Input.ValueKind != JsonValueKind.Object) yield return new Error(ErrorCodes.UsageInvalid, "the input must be a JSON object");
        if (Names.IsValid(Plugin) && !Names.IsValid(PipelineOf(Plugin))) yield return new Error(ErrorCodes.InvalidName, $"the runs of {Plugin} cannot have a name: with '{Prefix}' before it, it is too long");
    }
}

/// <summary>Runs single plugins.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="run">Runs pipelines in this process.</param>
public sealed class ExecutePluginHandler(IPluginFolders folders, RunPipeline run) : IHandler<ExecutePlugin, RunState>
{
    private const string FieldPrefix = "${input.";

    /// <inheritdoc/>
    public async Task<Result<RunState>> HandleAsync(ExecutePlugin request, Caller caller, CancellationToken cancellationToken)
    {
        var found = folders.FindOf(request.Plugin, PluginKind.Task, "only a task runs by itself", "Make it part of a pipeline, and try that with `flexcore run FILE --dry-run`.");
        if (!found.IsSuccess) return found.Errors.ToArray();
        var pipeline = new PipelineRequest(Path.Combine(found.Value.Folder, "plugin.yaml"), new Dictionary<string, string>(StringComparer.Ordinal), request.GrantAll) { Recorded = Define(request, found.Value) };
        var ended = await run.HandleAsync(new RunPipelineCommand(pipeline), request.Observer, request.Stop);

        // Whoever asked has written no file: places in it would tell them nothing.
        return ended.IsSuccess ? ended : ended.Errors.Select(error => error with { Location = null }).ToArray();
    }

    private static JsonElement Define(ExecutePlugin request, PluginManifest plugin)
    {
        var input = JsonObject.Create(request.Input)!;
        foreach (var field in plugin.Capabilities.Read.Concat(plugin.Capabilities.Write).Where(path => path.StartsWith(FieldPrefix, StringComparison.Ordinal)).Select(path => path[FieldPrefix.Length..^1]).Distinct(StringComparer.Ordinal))
        {
            if (input[field] is { } paths) input[field] = Absolute(paths, request.Folder);
        }

        var definition = new JsonObject
        {
            ["name"] = ExecutePlugin.PipelineOf(plugin.Name),
            ["description"] = $"Single runs of the plugin {plugin.Name}",
            ["concurrency"] = "unlimited",
            ["steps"] = new JsonArray(new JsonObject { ["id"] = ExecutePlugin.Step, ["task"] = new JsonObject { ["plugin"] = plugin.Name, ["input"] = input } }),
        };
        return JsonElement.Parse(definition.ToJsonString());
    }

    private static JsonNode Absolute(JsonNode paths, string folder) => paths switch
    {
        JsonArray list => new JsonArray([.. list.Select(item => item is null ? null : Absolute(item, folder))]),
        JsonValue value when value.TryGetValue<string>(out var path) && !path.StartsWith("${", StringComparison.Ordinal) => JsonValue.Create(Path.GetFullPath(path, folder)),
        _ => paths.DeepClone(),
    };
}
