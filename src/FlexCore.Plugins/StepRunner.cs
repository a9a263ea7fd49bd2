using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tasks;

namespace FlexCore.Plugins;

/// <summary>Runs a step by its kind, in a scope that is gone afterwards.</summary>
internal sealed class StepRunner(SyncStepRunner syncs, TaskStepRunner tasks, ISecrets secrets, IRunLogs logs, string dataDirectory, TimeProvider time) : IStepRunner
{
    private readonly string _workFolders = Path.Combine(dataDirectory, "work");
    private Task? _cleaning;

    public async Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop)
    {
        try
        {
            var found = await StepSecrets.FetchAsync(secrets, request.Earlier, request.IsDryRun ? request.Step.DryPlugins : request.Step.Plugins, stop.Gently);
            await (_cleaning ??= CleanAsync(observer));
            await using var scope = StepScope.Open(request, found, observer, stop, _workFolders, logs, time);
            return await RunAsync(request.Step, scope);
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
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

    /// <summary>Whatever leaves the step leaves it without secrets, whoever put them there.</summary>
    private async Task<StepResult> RunAsync(Step step, StepScope scope)
    {
        try
        {
            var result = step switch
            {
                SyncStep sync => await syncs.RunAsync(sync, scope),
                TaskStep task => await tasks.RunAsync(task, scope),
                _ => throw new InvalidOperationException($"a {step.GetType().Name} has no plugins to run"),
            };
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
