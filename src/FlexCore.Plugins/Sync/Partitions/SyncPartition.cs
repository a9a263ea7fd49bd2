using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>One tap of a sync at work, with its own programs behind it and the flows that connect them. A sync that is not partitioned has one.</summary>
internal sealed class SyncPartition(Partition partition, SyncStep step, StepScope scope, PluginLauncher launcher, TargetStates states, TimeProvider time) : IAsyncDisposable
{
    private readonly SyncPrograms _programs = new(step, scope, launcher, partition);
    private SyncFlowEnd[] _ends = [];
    private List<(PluginExecution Plugin, PluginEnd End)> _plugins = [];

    /// <summary>Its flows, from the tap on.</summary>
    public IReadOnlyList<SyncFlow> Flows { get; private set; } = [];

    /// <summary>Its processes at this moment.</summary>
    public IEnumerable<PluginProgress> Progress => _programs.All.Select(plugin => plugin.Progress);

    /// <summary>Its processes, as they have ended.</summary>
    public IEnumerable<PluginRecord> Records => _plugins.Select(plugin => plugin.End.Record);

    /// <summary>What became of its records.</summary>
    public StepTally Tally => SyncTally.Of([.. Flows.Select(flow => flow.Flow)]);

    /// <inheritdoc cref="SyncPrograms.MappedStreams"/>
    public IEnumerable<(int Flow, string Map, bool Came)> MappedStreams => _programs.MappedStreams;

    /// <summary>Targets that gave no STATE back although one was sent to them.</summary>
    public IEnumerable<string> SilentTargets => _programs.Targets.Count > 0 && Flows[^1].Flow.HasStates ? states.Silent : [];

    /// <summary>Why it has not succeeded, once it has ended; null where it has.</summary>
    public StepFailure? Failure => SyncVerdict.OfStep(_ends, _plugins) is not { } failure ? null : partition.Number == 0 ? failure : failure with { Message = $"{partition}: {failure.Message}" };

    /// <summary>Starts its programs.</summary>
    public Task StartAsync(IReadOnlyList<PluginUse> targets, Replay? replay)
    {
        if (partition.Number > 0) scope.Log(partition.NameOf(step.From.Manifest.Name)).Note(LogLineLevel.Info, partition.ToString());
        return _programs.StartAsync(targets, replay, states.Start, partition.Catalog);
    }

    /// <summary>Connects each of them with the next.</summary>
    public void Connect(LetterBox letters, MaskKey maskKey, Replay? replay, SchemaWatch schemas) => Flows = _programs.Connect(letters, maskKey, replay, states.Numbers, schemas);

    /// <summary>Carries everything to its end.</summary>
    /// <param name="stop">Ends it before that.</param>
    /// <param name="commit">Takes what its targets confirm.</param>
    public async Task RunAsync(StopSignal stop, Action<JsonElement, IReadOnlyList<TargetState>?> commit)
    {
        var running = new SyncFlows(Flows, time);
        var confirming = Task.WhenAll(_programs.Targets.Select((target, index) => new StateReader(
            target.Process.Output, target.Manifest.Limits.LineBytes, scope.Log(partition.NameOf(target.Name)), value => states.Confirm(index, value, commit)).RunAsync()));
        using var ended = new CancellationTokenSource();
        var stopping = SyncWatch.StopAsync(_programs, Flows, running, stop, time, ended.Token);
        try
        {
            _ends = await running.RunAsync();
            _plugins = await _programs.EndAsync(_ends, wasStopped: stop.Gently.IsCancellationRequested);
            await confirming;
        }
        finally
        {
            await ended.CancelAsync();
            await stopping;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _programs.DisposeAsync();
}
