using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Sync;

/// <summary>Adds up what the flows of a sync have counted.</summary>
internal static class SyncTally
{
    /// <summary>What became of all records.</summary>
    /// <param name="flows">In order.</param>
    /// <param name="plugins">The processes.</param>
    public static StepTally Of(IReadOnlyList<SingerFlow> flows, IReadOnlyList<PluginRecord> plugins)
    {
        var counts = flows.Select(flow => flow.Counts.Snapshot()).ToList();
        var names = counts.SelectMany(flow => flow.Keys).Distinct(StringComparer.Ordinal).ToList();
        var streams = names.ToDictionary(name => name, name => Of([.. counts.Select(flow => flow.GetValueOrDefault(name))]), StringComparer.Ordinal);
        var records = names.ToDictionary(name => name, name => counts[^1].GetValueOrDefault(name)?.Out ?? 0, StringComparer.Ordinal);
        return new StepTally(records, flows[^1].Bytes, plugins) { Streams = streams };
    }

    private static StreamTally Of(List<StreamCounter?> flows)
    {
        // What a mapper writes is what the next flow takes in, less what the flow before has handed to it.
        var mapped = Enumerable.Range(1, flows.Count - 1).Sum(index => (flows[index]?.In ?? 0) - (flows[index - 1]?.Out ?? 0));
        return new StreamTally(
            flows[0]?.In ?? 0, flows.Sum(flow => flow?.LeftOut ?? 0), flows.Sum(flow => flow?.Dead ?? 0), mapped, flows[^1]?.Bytes ?? 0);
    }
}
