using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Monitoring;

/// <summary>Shows an event stream as it once was.</summary>
/// <param name="Stream">The event stream.</param>
/// <param name="ToVersion">The last of its events to look at; null for all.</param>
/// <param name="At">Leaves out what was stored after this time; null for none.</param>
public sealed record ReplayEventsQuery(string Stream, long? ToVersion = null, DateTimeOffset? At = null) : IQuery<ReplayedHistory>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>An event stream as it was after one of its events.</summary>
/// <param name="Last">That event.</param>
/// <param name="StartedAt">When the first event was stored.</param>
/// <param name="Run">Of a run: what it was.</param>
/// <param name="State">Of the state of a sync: the bookmark.</param>
/// <param name="Pipeline">Of a pipeline: the definition.</param>
/// <param name="Newest">Of any other stream: the newest event of each type, in the order of their positions.</param>
public sealed record ReplayedHistory(
    StoredEvent Last, DateTimeOffset StartedAt, RunState? Run = null, CommittedState? State = null, Pipeline? Pipeline = null, IReadOnlyList<StoredEvent>? Newest = null);

/// <summary>Folds the events of a stream up to a version or a time.</summary>
public sealed class ReplayEvents(IEventLog log) : IHandler<ReplayEventsQuery, ReplayedHistory>
{
    /// <inheritdoc/>
    public async Task<Result<ReplayedHistory>> HandleAsync(ReplayEventsQuery query, Caller caller, CancellationToken cancellationToken)
    {
        var stored = await log.ReadLogAsync(new EventQuery(After: 0, int.MaxValue, query.Stream), cancellationToken);
        if (stored.Count == 0) return new Error(ErrorCodes.NotFound, $"there is no event stream '{query.Stream}'", SpecificRemedy: "List what is there: `flexcore events list`.");
        if (query.ToVersion > stored.Count) return new Error(ErrorCodes.NotFound, $"the event stream '{query.Stream}' has only {stored.Count} events");

        // Not TakeWhile: a clock that was set back gives a later event an earlier time, and it is the order that counts.
        var count = stored.ToList().FindLastIndex(item => (query.At is null || item.At <= query.At) && (query.ToVersion is null || item.Version <= query.ToVersion)) + 1;
        if (count == 0) return new Error(ErrorCodes.NotFound, $"the event stream '{query.Stream}' had no events then; its first one is of {stored[0].At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}");

        var (last, startedAt) = (stored[count - 1], stored[0].At);
        var facts = (await log.ReadAsync(query.Stream, cancellationToken)).Take(count).Select(fact => fact.Event);
        return query.Stream.Split('-')[0] switch
        {
            EventStreams.RunCategory => new ReplayedHistory(last, startedAt, Run: facts.Aggregate(RunState.Empty, (run, fact) => run.Apply(fact))),
            EventStreams.PipelineCategory => new ReplayedHistory(last, startedAt, Pipeline: Pipeline.From(facts)),
            EventStreams.StateCategory when CommittedState.After(facts.Last(), last.Version) is { } state => new ReplayedHistory(last, startedAt, State: state),
            _ => new ReplayedHistory(last, startedAt, Newest: [.. stored.Take(count).GroupBy(item => item.Type, StringComparer.Ordinal).Select(group => group.Last()).OrderBy(item => item.Position)]),
        };
    }
}
