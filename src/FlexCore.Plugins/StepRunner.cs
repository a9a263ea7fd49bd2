using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.BuiltIn;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tasks;
using FlexCore.Sandbox;

namespace FlexCore.Plugins;

/// <summary>Runs a step by its kind, in a scope that is gone afterwards.</summary>
internal sealed class StepRunner(SyncStepRunner syncs, TaskStepRunner tasks, RemoteTaskRunner remoteTasks, BuiltInStepRunner builtIns, Discovery discovery, ISecrets secrets, IRunLogs logs, IArtifacts artifacts, string dataDirectory, TimeProvider time) : IStepRunner
{
    private readonly string _workFolders = Path.Combine(dataDirectory, "work");
    private Task? _cleaning;

    /// <summary>Whether sandboxes are set up before their time.</summary>
    public required Func<bool> PreparesSandboxes { get; init; }

    /// <inheritdoc/>
    public Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop) => RunAsync(request, observer, stop, prepared: null);

    /// <summary>Only tasks: what a sync does takes longer than a start.</summary>
    public async Task<IPreparedStep?> PrepareAsync(StepRequest request)
    {
        if (!PreparesSandboxes() || request.Step is not TaskStep { Plugin.Manifest.Remote: null } task || !PluginLauncher.CanHold(task.Plugin, request.Isolation)) return null;
        WorkFolder? folder = null;
        try
        {
            folder = CreateWorkFolder(request);
            return new PreparedTask(this, folder, await tasks.HoldAsync(task, request, folder));
        }
        catch (FlexCoreException)
        {
            if (folder is not null) await PreparedTask.RemoveAsync(folder);
            return null;
        }
    }

    /// <inheritdoc cref="IStepRunner.RunAsync"/>
    internal async Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop, PreparedTask? prepared)
    {
        try
        {
            var found = await StepSecrets.FetchAsync(secrets, request.Earlier, request.IsDryRun ? request.Step.DryPlugins : request.Step.Plugins, request.Step is BuiltInStep { LateTexts: var own } ? own : [], stop.Gently);
            await (_cleaning ??= CleanAsync(observer));
            await using var scope = new StepScope(request, found, observer, stop, prepared?.TakeFolder() ?? CreateWorkFolder(request), logs, time);
            return await RunAsync(request.Step, scope, prepared?.Held);
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        }
    }

    private WorkFolder CreateWorkFolder(StepRequest request)
    {
        try
        {
            return WorkFolder.Create(_workFolders, $"{request.Pipeline.Name}.{request.Step.Id}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"a work folder in {_workFolders} cannot be made: {e.Message}"), e);
        }
    }

    private async Task CleanAsync(IRunObserver observer)
    {
        try
        {
            await WorkFolder.RemoveAbandonedAsync(_workFolders);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            observer.Warning($"what is left in {_workFolders} could not be removed: {e.Message}");
        }
    }

    // A step whose files are not kept has not done what it was to do: it may be tried again.
    private async Task<StepResult> KeepArtifactsAsync(StepResult result, StepScope scope)
    {
        try
        {
            return result with { Artifacts = await scope.KeepArtifactsAsync(artifacts) };
        }
        catch (FlexCoreException e)
        {
            return result with { Failure = new StepFailure(null, PluginOutcome.Protocol, e.Error.Code.Id, e.Error.Message), Output = null };
        }
    }

    /// <summary>Whatever leaves the step leaves it without secrets, whoever put them there.</summary>
    private async Task<StepResult> RunAsync(Step step, StepScope scope, SandboxProcess? held)
    {
        try
        {
            var result = step switch
            {
                SyncStep sync => await syncs.RunAsync(sync, scope),
                DiscoveryStep asked => await discovery.AskAsync(asked, scope),
                TaskStep { Plugin.Manifest.Remote: { } remote } task => await remoteTasks.RunAsync(task, remote, scope),
                TaskStep task => await tasks.RunAsync(task, scope, held),
                BuiltInStep builtIn => await builtIns.RunAsync(builtIn, scope),
                _ => throw new InvalidOperationException($"a {step.GetType().Name} has no plugins to run"),
            };
            if (result.Failure is null && step is SyncStep or TaskStep { Plugin.Manifest.Remote: null }) result = await KeepArtifactsAsync(result, scope);
            return result with
            {
                Failure = result.Failure is { } failure ? failure with { Message = scope.Mask.Apply(failure.Message) } : null,
                Output = result.Output is { } output ? scope.Mask.Apply(output) : null,
            };
        }
        catch (FlexCoreException e)
        {
            throw new FlexCoreException([.. e.Errors.Select(error => new Error(error.Code, scope.Mask.Apply(error.Message), error.Location, error.SpecificRemedy))]) { IsOfTheLog = e.IsOfTheLog };
        }
    }
}
