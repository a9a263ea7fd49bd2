using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>A run and when it began.</summary>
/// <param name="State">The run.</param>
/// <param name="StartedAt">When it began.</param>
public sealed record RunSummary(RunState State, DateTimeOffset StartedAt);

/// <summary>The newest runs, newest first.</summary>
public sealed class ListRuns(IEventLog log, InterruptedRuns interruptedRuns)
{
    private const int PageSize = 100;

    /// <summary>Lists at most <paramref name="limit"/> runs, of one pipeline or of all.</summary>
    public async Task<IReadOnlyList<RunSummary>> HandleAsync(string? pipeline, int limit, CancellationToken cancellationToken)
    {
        var found = new List<RunSummary>();
        string? before = null;
        while (found.Count < limit)
        {
            var streams = await log.ListStreamsAsync(EventStreams.RunCategory, before, PageSize, cancellationToken);
            foreach (var stream in streams)
            {
                var run = await FoldAsync(log, interruptedRuns, stream, "runs list", cancellationToken);
                if (pipeline is null || run.State.Pipeline == pipeline) found.Add(run);
                if (found.Count == limit) break;
            }

            if (streams.Count < PageSize) break;
            before = streams[^1];
        }

        return found;
    }

    internal static async Task<RunSummary> FoldAsync(
        IEventLog log, InterruptedRuns interruptedRuns, string stream, string noticedBy, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(stream, cancellationToken);
        var state = history.Aggregate(RunState.Empty, (run, fact) => run.Apply(fact.Event));
        return new RunSummary(await interruptedRuns.SettleAsync(state, noticedBy, cancellationToken), history[0].At);
    }
}
