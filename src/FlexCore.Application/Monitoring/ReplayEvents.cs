using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Monitoring;

/// <summary>What an event stream said at some place or time of its history.</summary>
/// <param name="Stream">The event stream.</param>
/// <param name="Version">The version of the last event that counts.</param>
/// <param name="At">When that event was stored.</param>
/// <param name="Run">The run as it was; null where the stream is not a run's.</param>
/// <param name="Last">The last event of each type up to there, in the order of their versions: of state, pipelines and plugins that is how they were.</param>
public sealed record StreamHistory(string Stream, long Version, DateTimeOffset At, RunState? Run, IReadOnlyList<StoredEvent> Last);

/// <summary>Shows a past state: an event stream is folded up to a version or a time.</summary>
public sealed class ReplayEvents(IEventLog log)
{
    /// <summary>Folds the stream.</summary>
    /// <param name="stream">The event stream.</param>
    /// <param name="toVersion">The last version that counts; null for all.</param>
    /// <param name="at">The last time that counts; null for all.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<Result<StreamHistory>> HandleAsync(string stream, long? toVersion, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var history = await log.ReadLogAsync(new EventQuery(0, int.MaxValue, stream), cancellationToken);
        if (history.Count == 0) return new Error(ErrorCodes.NotFound, $"there is no event stream '{stream}'", SpecificRemedy: "`flexcore events list` shows which there are.");

        // By the order of versions, which a clock that was set back does not change: up to the last event that was stored by then.
        var counted = history.TakeWhile(stored => stored.Version <= (toVersion ?? long.MaxValue)).ToList();
        counted = counted[..(counted.FindLastIndex(stored => stored.At <= (at ?? DateTimeOffset.MaxValue)) + 1)];
        if (counted.Count == 0)
            return new Error(ErrorCodes.NotFound, $"the event stream '{stream}' had no event then: its first one is of {history[0].At:O}", SpecificRemedy: "Give a later version or time.");
        var last = counted.GroupBy(stored => stored.Type, StringComparer.Ordinal).Select(type => type.Last()).OrderBy(stored => stored.Version).ToList();
        return new StreamHistory(stream, counted[^1].Version, counted[^1].At, await FoldRunAsync(stream, counted.Count, cancellationToken), last);
    }

    private async Task<RunState?> FoldRunAsync(string stream, int count, CancellationToken cancellationToken) =>
        stream.StartsWith($"{EventStreams.RunCategory}-", StringComparison.Ordinal)
            ? (await log.ReadAsync(stream, cancellationToken)).Take(count).Aggregate(RunState.Empty, (run, fact) => run.Apply(fact.Event))
            : null;
}
