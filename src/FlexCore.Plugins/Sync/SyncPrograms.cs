using System.Text.Json;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Sync.Partitions;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Sync;

/// <summary>The programs of a sync, from its tap to its targets; of a partitioned one, those of a partition. Whoever still runs when it is disposed is killed.</summary>
internal sealed class SyncPrograms(SyncStep step, StepScope scope, PluginLauncher launcher, Partition partition) : IAsyncDisposable
{
    private readonly List<PluginExecution> _started = [];
    private readonly List<PluginExecution> _targets = [];
    private readonly List<FlowStages> _stages = [];
    private readonly List<(FlowPlan Plan, PluginExecution? Source, SandboxOutput Output)> _sources = [];

    /// <summary>The targets, in the order of the step; none in a dry run.</summary>
    public IReadOnlyList<PluginExecution> Targets => _targets;

    /// <summary>All of them, in the order in which data passes.</summary>
    public IEnumerable<PluginExecution> All => [.. _sources.Select(source => source.Source).OfType<PluginExecution>(), .. _targets];

    /// <summary>What the maps of each flow are for, and whether any of it came; nothing of flows in which no record stream came at all.</summary>
    public IEnumerable<(int Flow, string Map, bool Came)> MappedStreams => _stages.Index().SelectMany(flow => flow.Item.MappedStreams.Select(map => (flow.Index, map.Map, map.Came)));

    /// <summary>Starts them, the targets first: the tap's first byte finds a reader.</summary>
    /// <param name="targets">The targets of the step, as they are to be started.</param>
    /// <param name="replay">Takes the place of the tap and of all stages that it has behind it.</param>
    /// <param name="state">For the tap.</param>
    /// <param name="catalog">For the tap.</param>
    public async Task StartAsync(IReadOnlyList<PluginUse> targets, Replay? replay, JsonElement? state, JsonElement? catalog)
    {
        if (!scope.Request.IsDryRun)
        {
            foreach (var target in targets) _targets.Add(await StartAsync(Describe(target)));
        }

        var plans = FlowPlan.Of(step).Where(plan => replay is null || plan.Stage >= replay.Stage).ToList();
        for (var index = plans.Count - 1; index >= 0; index--)
        {
            var plan = plans[index];
            if (index == 0 && replay is not null)
            {
                _sources.Insert(0, (plan with { Validates = false }, null, replay.Start()));
                continue;
            }

            var isTap = plan.Stage == 0;
            var source = await StartAsync(isTap ? DescribeTap(state, catalog) : Describe(plan.Source));
            if (isTap) source.Process.Input.Complete();
            _sources.Insert(0, (plan, source, source.Process.Output));
        }
    }

    /// <summary>Connects each of them with the next.</summary>
    public IReadOnlyList<SyncFlow> Connect(LetterBox letters, MaskKey maskKey, Replay? replay, StateNumbers? numbers, SchemaWatch schemas)
    {
        var flows = new List<SyncFlow>();
        for (var index = 0; index < _sources.Count; index++)
        {
            var (plan, source, output) = _sources[index];
            var isLast = index == _sources.Count - 1;
            var thread = $"flow {partition.NameOf(plan.Source.Manifest.Name)}";
            var readers = (isLast ? _targets : [_sources[index + 1].Source!]).Select(reader => new FlowReader(reader, new FlowSink(thread, reader.Process.Input))).ToList();
            var limit = plan.Source.Manifest.Limits.LineBytes;
            var flowLetters = new FlowLetters(plan.Source.Manifest.Name, plan.Stage, letters, index == 0 ? replay : null);
            var stages = new FlowStages(plan.Validates ? step.Validation.Mode : ValidationMode.Off, plan.Maps, maskKey, step.Masks);
            _stages.Add(stages);
            var lines = new FlowLines(limit, stages, flowLetters, isLast ? numbers : null, source is not null && plan.Stage == 0 ? schemas : null, plan.Stage == 0 ? partition.IsElsewhere : null);
            flows.Add(new SyncFlow(source, new SingerFlow(thread, output, [.. readers.Select(reader => reader.Sink)], limit, lines, flowLetters), readers));
        }

        return flows;
    }

    /// <summary>Waits for all to end, and says what is wrong with each.</summary>
    public async Task<List<(PluginExecution Plugin, PluginEnd End)>> EndAsync(IReadOnlyList<SyncFlowEnd> ends, bool wasStopped)
    {
        var all = new List<(PluginExecution, PluginEnd)>();
        for (var index = 0; index < _sources.Count; index++)
        {
            if (_sources[index].Source is not { } source) continue;
            var (read, written) = (index > 0 ? ends[index - 1] : null, ends[index]);
            all.Add((source, await source.EndAsync(exit =>
                wasStopped ? null : (read is null ? null : SyncVerdict.OfReader(source, read, exit)) ?? SyncVerdict.OfSource(source, written, exit))));
        }

        foreach (var target in _targets)
            all.Add((target, await target.EndAsync(exit => wasStopped ? null : SyncVerdict.OfReader(target, ends[^1], exit))));
        return all;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var plugin in Enumerable.Reverse(_started)) await plugin.DisposeAsync();
        foreach (var stages in _stages) stages.Dispose();
    }

    private async Task<PluginExecution> StartAsync(PluginStart start)
    {
        var plugin = await launcher.StartAsync(start with { WorkFolder = scope.WorkFolderOf(partition.Number) }, scope.Log(partition.NameOf(start.Use.Manifest.Name)), scope.Stop.Gently);
        _started.Add(plugin);
        return plugin;
    }

    private PluginStart Describe(PluginUse plugin) =>
        scope.Start(plugin, [], scope.ConfigFile(plugin));

    private PluginStart DescribeTap(JsonElement? state, JsonElement? catalog)
    {
        List<PluginFile> files = [scope.ConfigFile(step.From)];
        if (state is { } value) files.Add(PluginFile.Json("flexcore/state.json", value, "--state"));
        if (catalog is { } selected)
            files.Add(PluginFile.Json("flexcore/catalog.json", selected, step.From.Manifest.CatalogArgument == CatalogArgument.Properties ? "--properties" : "--catalog"));
        return scope.Start(step.From, [], files);
    }
}
