using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Sync;

/// <summary>Adds up what the flows of a sync have counted.</summary>
internal static class SyncTally
{
    /// <summary>What the partitions of a sync have moved together.</summary>
    public static StepTally Sum(IReadOnlyList<StepTally> tallies, IReadOnlyList<PluginRecord> plugins) => new(
        tallies.SelectMany(tally => tally.Records).GroupBy(stream => stream.Key, StringComparer.Ordinal).ToDictionary(stream => stream.Key, stream => stream.Sum(count => count.Value), StringComparer.Ordinal),
        tallies.Sum(tally => tally.Bytes),
        plugins)
    {
        Streams = tallies.SelectMany(tally => tally.Streams).GroupBy(stream => stream.Key, stream => stream.Value, StringComparer.Ordinal).ToDictionary(
            stream => stream.Key,
            stream => stream.Aggregate((sum, more) => new StreamTally(sum.In + more.In, sum.LeftOut + more.LeftOut, sum.Dead + more.Dead, sum.Mapped + more.Mapped, sum.Bytes + more.Bytes)),
            StringComparer.Ordinal),
    };

    /// <summary>What became of all records of one tap.</summary>
    /// <param name="flows">In order.</param>
    public static StepTally Of(IReadOnlyList<SingerFlow> flows)
    {
        var counts = flows.Select(flow => flow.Counts.Snapshot()).ToList();
        var names = counts.SelectMany(flow => flow.Keys).Distinct(StringComparer.Ordinal).ToList();
        var streams = names.ToDictionary(name => name, name => Of([.. counts.Select(flow => flow.GetValueOrDefault(name))]), StringComparer.Ordinal);
        var records = names.ToDictionary(name => name, name => counts[^1].GetValueOrDefault(name)?.Out ?? 0, StringComparer.Ordinal);
        return new StepTally(records, flows[^1].Bytes, []) { Streams = streams };
    }

    private static StreamTally Of(List<StreamCounter?> flows)
    {
        // What a mapper writes is what the next flow takes in, less what the flow before has handed to it.
        var mapped = Enumerable.Range(1, flows.Count - 1).Sum(index => (flows[index]?.In ?? 0) - (flows[index - 1]?.Out ?? 0));
        return new StreamTally(
            flows[0]?.In ?? 0, flows.Sum(flow => flow?.LeftOut ?? 0), flows.Sum(flow => flow?.Dead ?? 0), mapped, flows[^1]?.Bytes ?? 0);
    }
}
