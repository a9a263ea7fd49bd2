using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tasks;

namespace FlexCore.Plugins;

/// <summary>Runs a step by its kind, in a scope that is gone afterwards.</summary>
internal sealed class StepRunner(SyncStepRunner syncs, TaskStepRunner tasks, IRunLogs logs, string dataDirectory, TimeProvider time) : IStepRunner
{
    public async Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop)
    {
        await using var scope = await StepScope.OpenAsync(request, observer, stop, dataDirectory, logs, time);
        try
        {
            var result = request.Step switch
            {
                SyncStep sync => await syncs.RunAsync(sync, scope),
                TaskStep task => await tasks.RunAsync(task, scope),
                _ => throw new InvalidOperationException($"a {request.Step.GetType().Name} has no plugins to run"),
            };
            return result with
            {
                Failure = result.Failure is { } failure ? failure with { Message = scope.Mask(failure.Message) } : null,
                Output = result.Output is { } output ? scope.Mask(output) : null,
            };
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            return new StepResult(StepTally.Nothing, new StepFailure(null, PluginOutcome.Cancelled, ErrorCodes.RunCancelled.Id, "stopped by a signal"), null);
        }
    }
}
