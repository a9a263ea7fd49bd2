using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;
using Microsoft.Extensions.Logging;

namespace FlexCore.Cli.Output;

/// <summary>One entry in the log for the beginning of each run of a node, and for each step of it that has failed. What plugins say is in the run's log.</summary>
internal sealed class ServedRun(Guid runId, ILogger log) : IRunObserver
{
    public void Warning(string message) => log.RunWarned(runId, message);

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => log.RunStarted(runId, run.Pipeline, run.Node);

    public void StepStarted(string step)
    {
    }

    public void StepProgressed(StepProgress progress)
    {
    }

    public void PluginLogged(LogLine line)
    {
    }

    public void StepEnded(StepState step)
    {
        if (step.Status == StepStatus.Failed) log.RunWarned(runId, $"step {step.Id} failed: {step.Message}");
    }
}
