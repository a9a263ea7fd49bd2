using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>All partitions of a sync. When one fails the others go on to their ends: what they deliver is confirmed and need not be read again.</summary>
internal sealed class SyncPartitions(IReadOnlyList<SyncPartition> partitions) : IAsyncDisposable
{
    private const int MostUnsettledTold = 5;

    /// <summary>Records that the taps have written so far.</summary>
    public long CountIn() => partitions.Where(partition => partition.Flows.Count > 0).Sum(partition => partition.Flows[0].Flow.Counts.Snapshot().Values.Sum(stream => stream.In));

    /// <summary>Starts all programs, then connects them: a program that cannot be started leaves nothing half read.</summary>
    public async Task StartAsync(IReadOnlyList<PluginUse> targets, Replay? replay)
    {
        foreach (var partition in partitions) await partition.StartAsync(targets, replay);
    }

    /// <inheritdoc cref="SyncPartition.Connect"/>
    public void Connect(LetterBox letters, MaskKey maskKey, Replay? replay, SchemaWatch schemas)
    {
        foreach (var partition in partitions) partition.Connect(letters, maskKey, replay, schemas);
    }

    /// <summary>Carries all to their ends.</summary>
    /// <param name="run">Runs one, by its place in the list.</param>
    /// <param name="broken">Called when one of them breaks for no plugin's fault: then there is no use in going on.</param>
    public Task RunAsync(Func<SyncPartition, int, Task> run, Action broken) => Task.WhenAll(partitions.Select(async (partition, index) =>
    {
        try
        {
            await run(partition, index);
        }
        catch
        {
            broken();
            throw;
        }
    }));

    /// <summary>What they have moved.</summary>
    public StepTally Sum(IEnumerable<PluginRecord> before) => SyncTally.Sum([.. partitions.Select(partition => partition.Tally)], [.. before, .. partitions.SelectMany(partition => partition.Records)]);

    /// <summary>How far they are.</summary>
    public StepProgress Describe(string step)
    {
        var flows = partitions.Select(partition => partition.Flows[^1].Flow).ToList();
        var streams = flows.SelectMany(flow => flow.Counts.Snapshot()).GroupBy(stream => stream.Key, stream => stream.Value, StringComparer.Ordinal)
            .ToDictionary(stream => stream.Key, stream => new StreamProgress(stream.Sum(count => count.Out), stream.Sum(count => count.Bytes)), StringComparer.Ordinal);
        return new StepProgress(step, streams, flows.Sum(flow => flow.Bytes), [.. partitions.SelectMany(partition => partition.Progress)]);
    }

    /// <summary>Why the sync has not succeeded; null where all of it has.</summary>
    public StepFailure? FindFailure()
    {
        var failures = partitions.Select(partition => partition.Failure).OfType<StepFailure>().ToList();
        return failures is not [var first, .. var more] ? null : more.Count == 0 ? first : first with { Message = $"{first.Message}; {more.Count} more of {partitions.Count} partitions failed too" };
    }

    /// <summary>Tells of what would be silent although all has succeeded.</summary>
    public void WarnOfWhatNeverCame(string tap, IReadOnlyList<string> unsettled, SecretMask mask, Action<string> warn)
    {
        if (partitions.All(partition => partition.Flows[0].Flow.Lines == 0)) warn($"{tap} wrote nothing: 0 records");
        var maps = partitions.SelectMany(partition => partition.MappedStreams).GroupBy(map => (map.Flow, map.Map), map => map.Came);
        foreach (var stream in maps.Where(map => !map.Contains(true)).Select(map => map.Key.Map)) warn($"map of stream '{Printable.Escape(stream)}': no such record stream came");
        foreach (var target in partitions.SelectMany(partition => partition.SilentTargets).Distinct(StringComparer.Ordinal))
            warn($"target {target} gave no STATE back: the next run begins where this one did");
        foreach (var name in unsettled.Take(MostUnsettledTold))
            warn($"'{Printable.Escape(mask.Apply(name))}' in the state of {tap} belongs to no record stream, and partitions do not agree on it: it stays what it was, and the next run may read again what comes after it");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var partition in partitions) await partition.DisposeAsync();
    }
}
