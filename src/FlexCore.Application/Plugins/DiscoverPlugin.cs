using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Asks a tap for its catalog, now, in this process: in its sandbox and under its grants, and with its source as it is, whatever was kept of it before. It is no run: nothing is moved.</summary>
/// <param name="Plugin">The tap, as a pipeline of the project would find it.</param>
/// <param name="Config">What it gets: a JSON object, with references as in a pipeline.</param>
/// <param name="Folder">The folder, absolute, that relative paths in it are relative to.</param>
/// <param name="GrantAll">Whether it gets all that it asks, for this once.</param>
/// <param name="Observer">Told of what it says.</param>
/// <param name="Stop">Ends it.</param>
public sealed record DiscoverPlugin(string Plugin, JsonElement Config, string Folder, bool GrantAll, IRunObserver Observer, StopSignal Stop) : ICommand<JsonElement>
{
    /// <summary>What its place is called, in the pipeline of single runs (<see cref="ExecutePlugin.PipelineOf"/>).</summary>
    public const string Step = "discover";

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate()
    {
        if (Config.ValueKind != JsonValueKind.Object) yield return new Error(ErrorCodes.UsageInvalid, "the config must be a JSON object");
        if (Names.IsValid(Plugin) && !Names.IsValid(ExecutePlugin.PipelineOf(Plugin))) yield return new Error(ErrorCodes.InvalidName, $"what {Plugin} gets cannot be put on record: with '{ExecutePlugin.PipelineOf("")}' before it, its name is too long");
    }
}

/// <summary>Asks taps for their catalogs.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="preparation">Checks what they are given.</param>
/// <param name="runner">Starts them.</param>
public sealed class DiscoverPluginHandler(IPluginFolders folders, RunPreparation preparation, IStepRunner runner) : IHandler<DiscoverPlugin, JsonElement>
{
    /// <inheritdoc/>
    public async Task<Result<JsonElement>> HandleAsync(DiscoverPlugin request, Caller caller, CancellationToken cancellationToken)
    {
        var found = folders.FindOf(request.Plugin, PluginKind.Tap, "only a tap has a catalog", "See what taps there are with `flexcore plugin list`.");
        if (!found.IsSuccess) return found.Errors.ToArray();

        var asked = new PipelineRequest(Path.Combine(request.Folder, "plugin.yaml"), new Dictionary<string, string>(StringComparer.Ordinal), request.GrantAll) { Recorded = Define(request), IsDiscovery = true };
        var prepared = await preparation.CheckAsync(asked, read => read, allowsUnconfined: false, cancellationToken);

        // Whoever asked has written no file: places in it would tell them nothing.
        if (!prepared.IsSuccess) return prepared.Errors.Select(error => error with { Location = null }).ToArray();
        var (pipeline, isolation) = prepared.Value;
        var discovery = Guid.CreateVersion7();
        var context = EventContext.New(discovery).By(caller) with { Isolation = isolation };
        await preparation.RecordGrantsAsync(pipeline, context, cancellationToken);
        var result = await runner.RunAsync(new StepRequest(discovery, pipeline, pipeline.Steps[0], Attempt: 1, FullRefresh: false, [], context), request.Observer, request.Stop);
        return result.Failure is { } failure ? new Error(ErrorCodes.Find(failure.Code), failure.Message) : result.Output!.Value;
    }

    private static JsonElement Define(DiscoverPlugin request) => JsonElement.Parse(new JsonObject
    {
        ["name"] = ExecutePlugin.PipelineOf(request.Plugin),
        ["steps"] = new JsonArray(new JsonObject { ["id"] = DiscoverPlugin.Step, ["task"] = new JsonObject { ["plugin"] = request.Plugin, ["input"] = JsonObject.Create(request.Config) } }),
    }.ToJsonString());
}
