using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Plugins;

/// <summary>Wants a task plugin to be run once by itself; a node takes care of it. It is the run of a pipeline of one step, as of <see cref="ExecutePlugin"/>, under the plugin's standing grants.</summary>
/// <param name="Plugin">The plugin, as a pipeline of the project would find it.</param>
/// <param name="Input">What it gets: a JSON object, with references as in a pipeline.</param>
/// <param name="Args">Added to its command.</param>
/// <param name="Folder">The folder, absolute, that relative paths in the input are relative to.</param>
public sealed record StartPlugin(string Plugin, JsonElement Input, IReadOnlyList<string> Args, string Folder) : ICommand<Guid>
{
    /// <summary>The id of the run, where its cause gives it one: when there is such a run already, it is the answer. Null for a new one.</summary>
    public Guid? RunId { get; init; }

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <inheritdoc/>
    public Reach Reach => Reach.Of(ExecutePlugin.PipelineOf(Plugin));

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => SinglePlugin.Check(Plugin, Input);
}

/// <summary>Puts single runs of plugins into the queue.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="preparation">Checks what they rest on, so that what cannot be is refused at once.</param>
/// <param name="log">Where they are put on record.</param>
/// <param name="cap">Of the queue.</param>
/// <param name="time">The clock.</param>
public sealed class StartPluginHandler(IPluginFolders folders, RunPreparation preparation, IEventLog log, QueueCap cap, TimeProvider time) : IHandler<StartPlugin, Guid>
{
    /// <inheritdoc/>
    public async Task<Result<Guid>> HandleAsync(StartPlugin request, Caller caller, CancellationToken cancellationToken)
    {
        if (request.RunId is { } known && await log.ReadLastAsync(EventStreams.Run(known), cancellationToken) is not null) return known;
        var asked = SinglePlugin.Define(folders, request.Plugin, request.Input, request.Args, request.Folder, grantAll: false);
        if (!asked.IsSuccess) return asked.Errors.ToArray();
        if (SentDefinition.RefuseReferences(asked.Value.Recorded!.Value, caller) is { } denied) return denied;
        var prepared = await preparation.CheckAsync(asked.Value, read => read, allowsUnconfined: false, cancellationToken);

        // Whoever asked has written no file: places in it would tell them nothing.
        if (!prepared.IsSuccess) return prepared.Errors.Select(error => error with { Location = null }).ToArray();
        var definition = prepared.Value.Pipeline;

        // So that no two services send each other in a circle, and nobody uses the token of this one by another.
        if (definition.Steps.SelectMany(step => step.Plugins).FirstOrDefault(use => use.Manifest.Remote is not null) is { Manifest.Remote: { } elsewhere })
            return new Error(ErrorCodes.PluginWrongKind, $"plugin {request.Plugin} runs at {elsewhere.Address} itself", SpecificRemedy: "Ask that service, or make it part of a pipeline here.");
        var (pipeline, _) = await log.ReadPipelineAsync(definition.Name, cancellationToken);
        if (pipeline.RefuseToStart(byTrigger: false) is { } refused) return refused;
        if (await cap.RefuseAsync(cancellationToken) is { } full) return full;
        var version = await RecordAsync(pipeline, definition, caller, cancellationToken);
        if (!version.IsSuccess) return version.Errors.ToArray();
        var run = request.RunId ?? Guid.CreateVersion7(time.GetUtcNow());
        var queued = new PipelineQueued(run, definition.Name, version.Value.Number, version.Value.Hash, RunTrigger.Manual, asked.Value.Set, Priority: version.Value.Rules.Priority);
        return await log.QueueAsync(queued, version.Value, EventContext.New(run).By(caller), cancellationToken);
    }

    /// <summary>Each input is a version of the pipeline. Many may come at once: none waits for another, and none is refused because of another.</summary>
    private async Task<Result<PipelineVersion>> RecordAsync(Pipeline known, PipelineDefinition definition, Caller caller, CancellationToken cancellationToken)
    {
        if (Find(known) is { } kept) return kept;
        var decided = known.Record(definition);
        if (!decided.IsSuccess) return decided.Errors.ToArray();
        await log.AppendAsync(EventStreams.Pipeline(definition.Name), expectedVersion: known.Current is null ? 0 : null, decided.Value, EventContext.Of(caller), cancellationToken);
        return Find((await log.ReadPipelineAsync(definition.Name, cancellationToken)).Known)!;

        PipelineVersion? Find(Pipeline pipeline) => pipeline.Versions.LastOrDefault(version => version.Hash == definition.Hash && version.File == definition.File);
    }
}
