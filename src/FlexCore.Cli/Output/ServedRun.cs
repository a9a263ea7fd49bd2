using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Output;

/// <summary>One line on standard error for the beginning of each run of a node, and for each step of it that has failed. What plugins say is in the run's log.</summary>
internal sealed class ServedRun(Guid runId) : IRunObserver
{
    public void Warning(string message) => Write($"warning: {message}");

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => Write($"{run.Pipeline} {(run.Node is null ? "started" : $"on {run.Node}")}");

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
        if (step.Status == StepStatus.Failed) Write($"step {step.Id} failed: {step.Message}");
    }

    private void Write(string text) => Console.Error.WriteLine(Printable.Escape($"run {runId}: {text}"));
}
