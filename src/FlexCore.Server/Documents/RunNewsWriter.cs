using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Domain.Runs;
using PluginProgress = FlexCore.Client.PluginProgress;
using StreamProgress = FlexCore.Client.StreamProgress;

namespace FlexCore.Server.Documents;

/// <summary>Words what an observer is told of a run as the API tells it.</summary>
/// <param name="tell">Told of each; from several threads, and not for long.</param>
public sealed class RunNewsWriter(Action<RunNews> tell) : IRunObserver
{
    /// <inheritdoc/>
    public void Warning(string message) => tell(new RunWarning(message));

    /// <inheritdoc/>
    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => tell(new RunBegan(
        run.RunId, run.Pipeline, run.PipelineVersion, run.IsDryRun, run.Replays, run.Resumes,
        [.. grants.Select(grant => new StepGrant(grant.Step, grant.Plugin, grant.Grant.ToString(), grant.WiderLimits))]));

    /// <inheritdoc/>
    public void StepStarted(string step) => tell(new StepBegan(step));

    /// <inheritdoc/>
    public void StepProgressed(StepProgress progress) => tell(new StepProgressed(
        progress.Step, progress.Streams.ToDictionary(stream => stream.Key, stream => new StreamProgress(stream.Value.Records, stream.Value.Bytes), StringComparer.Ordinal), progress.Bytes,
        [.. progress.Plugins.Select(plugin => new PluginProgress(plugin.Name, plugin.CpuTime.TotalMilliseconds, plugin.MemoryBytes))]));

    /// <inheritdoc/>
    public void PluginLogged(LogLine line) => tell(new PluginSaid(RunDocuments.Describe(line)));

    /// <inheritdoc/>
    public void StepEnded(StepState step) => tell(new StepEnded(RunDocuments.Describe(step)));
}
