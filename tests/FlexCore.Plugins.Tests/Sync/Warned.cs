using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Listens to a step, and keeps what it says.</summary>
internal sealed class Warned : IRunLogWriter, IRunObserver
{
    public List<string> Lines { get; } = [];

    public List<LogLineLevel> Levels { get; } = [];

    public List<string> Messages { get; } = [];

    public void Write(LogLine line)
    {
        Lines.Add(line.Message);
        Levels.Add(line.Level);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Warning(string message) => Messages.Add(message);

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants)
    {
    }

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
    }
}
