using System.Collections.Concurrent;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Sync;

/// <summary>One flow at work, with the programs at its ends.</summary>
/// <param name="Source">Who writes into it; null when dead letters are sent again.</param>
/// <param name="Flow">The flow.</param>
/// <param name="Readers">Who reads from it; nobody in a dry run.</param>
internal sealed record SyncFlow(PluginExecution? Source, SingerFlow Flow, IReadOnlyList<FlowReader> Readers);

/// <summary>A program that reads from a flow.</summary>
internal sealed record FlowReader(PluginExecution Plugin, FlowSink Sink);

/// <summary>How a flow of a sync has ended, and what that says of the programs at its ends.</summary>
/// <param name="End">How it ended.</param>
/// <param name="SourceLingered">Whether its source had closed its output and did not end.</param>
/// <param name="Closed">Readers that had closed their input before it was ended.</param>
internal sealed record SyncFlowEnd(FlowEnd End, bool SourceLingered, IReadOnlyList<PluginExecution> Closed);

/// <summary>Carries all flows of a sync to their ends, whoever ends first.</summary>
internal sealed class SyncFlows(IReadOnlyList<SyncFlow> flows, TimeProvider time)
{
    // Who was stopped because something after it could not go on: that it reads no more is no fault of its own.
    private readonly ConcurrentDictionary<PluginExecution, bool> _stopped = new();

    /// <summary>Runs all flows. When one cannot go on, everything before it is stopped, and what comes after it reads what there is.</summary>
    public Task<SyncFlowEnd[]> RunAsync() => Task.WhenAll(flows.Select((_, index) => RunAsync(index)));

    /// <summary>Asks all flows to pass nothing more on. Does not block.</summary>
    public void Stop()
    {
        foreach (var flow in flows) flow.Flow.Stop();
    }

    private async Task<SyncFlowEnd> RunAsync(int index)
    {
        var flow = flows[index];
        var running = flow.Flow.RunAsync();
        try
        {
            // A reader that ends before its input does is not waited out: the source may be silent for hours.
            var readerEnds = Task.WhenAny(flow.Readers.Select(reader => (Task)reader.Plugin.Process.Completion).Append(running));
            if (await readerEnds != running && !flow.Flow.HasEnded)
            {
                await StopSourcesAsync(index);
                var cut = await running;
                return await EndReadersAsync(flow, cut.Verdict is FlowVerdict.Completed or FlowVerdict.CutOff ? new FlowEnd(FlowVerdict.SinkClosed) : cut);
            }

            var end = await running;
            if (end.Verdict is FlowVerdict.Completed or FlowVerdict.CutOff or FlowVerdict.Stopped)
                return new SyncFlowEnd(end, flow.Source is { } source && await EndAsync(source), []);
            await StopSourcesAsync(index);
            return await EndReadersAsync(flow, end);
        }
        catch
        {
            await StopSourcesAsync(index);
            throw;
        }
    }

    private Task StopSourcesAsync(int last)
    {
        var sources = flows.Take(last + 1).Select(flow => flow.Source).OfType<PluginExecution>().ToList();
        foreach (var source in sources) _stopped.TryAdd(source, true);
        return Task.WhenAll(sources.Select(source => source.Process.StopAsync(source.Manifest.Limits.Grace)));
    }

    private async Task<SyncFlowEnd> EndReadersAsync(SyncFlow flow, FlowEnd end)
    {
        if (end.Verdict != FlowVerdict.SinkClosed) return new SyncFlowEnd(end, SourceLingered: false, []);
        var closed = flow.Readers
            .Where(reader => (reader.Sink.IsClosed || reader.Plugin.Process.Completion.IsCompleted) && !_stopped.ContainsKey(reader.Plugin))
            .Select(reader => reader.Plugin)
            .ToList();
        await Task.WhenAll(closed.Select(EndAsync));
        return new SyncFlowEnd(end, SourceLingered: false, closed);
    }

    /// <summary>Ends a program that has closed its end of a flow: usually because it is ending, and its exit code is worth waiting for.</summary>
    /// <returns>Whether it did not end by itself.</returns>
    private async Task<bool> EndAsync(PluginExecution plugin)
    {
        var grace = plugin.Manifest.Limits.Grace;
        if (await Task.WhenAny(plugin.Process.Completion, Task.Delay(grace, time)) == plugin.Process.Completion) return false;
        await plugin.Process.StopAsync(grace);
        return true;
    }
}
