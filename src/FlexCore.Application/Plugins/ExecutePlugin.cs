using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
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

    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;

    /// <summary>The pipeline that its runs belong to.</summary>
    public static string PipelineOf(string plugin) => SinglePlugin.Prefix + plugin;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate() => SinglePlugin.Check(Plugin, Input);
}

/// <summary>Runs single plugins.</summary>
/// <param name="folders">Where plugins are.</param>
/// <param name="run">Runs pipelines in this process.</param>
public sealed class ExecutePluginHandler(IPluginFolders folders, RunPipeline run) : IHandler<ExecutePlugin, RunState>
{
    /// <inheritdoc/>
    public async Task<Result<RunState>> HandleAsync(ExecutePlugin request, Caller caller, CancellationToken cancellationToken)
    {
        var pipeline = SinglePlugin.Define(folders, request.Plugin, request.Input, [], request.Folder, request.GrantAll);
        if (!pipeline.IsSuccess) return pipeline.Errors.ToArray();
        var ended = await run.HandleAsync(new RunPipelineCommand(pipeline.Value), request.Observer, request.Stop);

        // Whoever asked has written no file: places in it would tell them nothing.
        return ended.IsSuccess ? ended : ended.Errors.Select(error => error with { Location = null }).ToArray();
    }
}
