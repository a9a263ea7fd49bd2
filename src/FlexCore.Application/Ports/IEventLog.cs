using System.Diagnostics;
using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Ports;

/// <summary>The durable log of domain events. Failures are <see cref="Domain.Errors.FlexCoreException"/>s of class 3.</summary>
public interface IEventLog
{
    /// <summary>All events of one event stream, oldest first; empty when there is none.</summary>
    ValueTask<IReadOnlyList<RecordedFact>> ReadAsync(string stream, CancellationToken cancellationToken);

    /// <summary>The same of several event streams at once, in the order of the question.</summary>
    ValueTask<IReadOnlyList<IReadOnlyList<RecordedFact>>> ReadAsync(IReadOnlyList<string> streams, CancellationToken cancellationToken);

    /// <summary>The last event of an event stream and its version, or null.</summary>
    ValueTask<(IDomainEvent Event, long Version)?> ReadLastAsync(string stream, CancellationToken cancellationToken);

    /// <summary>Appends, and changes the run queue in the same transaction: all or nothing.</summary>
    /// <param name="stream">The event stream.</param>
    /// <param name="expectedVersion">The number of events there must be; null does not care.</param>
    /// <param name="events">The events.</param>
    /// <param name="change">What becomes of the queue with them; null for nothing. A change that is refused says why, in class 4.</param>
    /// <param name="context">What they are written for.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    /// <returns>The stream's new version.</returns>
    ValueTask<long> AppendAsync(
        string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, QueueChange? change, EventContext context, CancellationToken cancellationToken);

    /// <summary>Events as they are stored, in log order, after a position.</summary>
    ValueTask<IReadOnlyList<StoredEvent>> ReadLogAsync(EventQuery query, CancellationToken cancellationToken);

    /// <summary>Waits until there are events after a position, for as long as that takes.</summary>
    /// <returns>The position of the last event then.</returns>
    ValueTask<long> WaitForEventsAsync(long after, CancellationToken cancellationToken);

    /// <summary>Names of the event streams of a category, newest first where ids are UUIDv7, strictly before <paramref name="before"/>.</summary>
    ValueTask<IReadOnlyList<string>> ListStreamsAsync(string category, string? before, int limit, CancellationToken cancellationToken);
}

/// <summary>What every log can do by what <see cref="IEventLog"/> can do.</summary>
public static class EventLogExtensions
{
    /// <summary>Appends, all or nothing. <paramref name="expectedVersion"/> is the number of events there must be; null does not care.</summary>
    /// <returns>The stream's new version.</returns>
    public static ValueTask<long> AppendAsync(
        this IEventLog log, string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, EventContext context, CancellationToken cancellationToken) =>
        log.AppendAsync(stream, expectedVersion, events, change: null, context, cancellationToken);
}

/// <summary>A domain event, when it was stored and for whom.</summary>
/// <param name="Event">The event.</param>
/// <param name="At">When it was stored.</param>
/// <param name="Actor">Who had it written.</param>
/// <param name="TraceParent">In which trace; W3C trace context.</param>
public sealed record RecordedFact(IDomainEvent Event, DateTimeOffset At, string Actor, string TraceParent);

/// <summary>An event as it lies in the store, for people to look at.</summary>
/// <param name="Position">Its place in the log, counted from 1.</param>
/// <param name="Stream">Its event stream.</param>
/// <param name="Version">Its place in its event stream, counted from 1.</param>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type.</param>
/// <param name="At">When it was stored.</param>
/// <param name="Data">What it says.</param>
/// <param name="Metadata">Who, for what, where.</param>
public sealed record StoredEvent(
    long Position, string Stream, long Version, Guid Id, string Type, DateTimeOffset At, JsonElement Data, JsonElement Metadata);

/// <summary>Which stored events to read.</summary>
/// <param name="After">The position before the first one.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="Stream">Only this event stream.</param>
/// <param name="Category">Only event streams of this category.</param>
/// <param name="Type">Only events of this type.</param>
public sealed record EventQuery(long After, int Limit, string? Stream = null, string? Category = null, string? Type = null);

/// <summary>What an event was written for. The log adds where (node).</summary>
/// <param name="CorrelationId">Shared by all events of one command, the id of the request that it came with where that has one; of a run: its id.</param>
/// <param name="CausationId">What led to it directly, if anything did: a run, or a request.</param>
/// <param name="TraceParent">W3C trace context, version 00.</param>
public sealed record EventContext(string CorrelationId, string? CausationId, string TraceParent)
{
    /// <summary>How plugins are kept apart in the run that it was written for. The log says it of every event where that is less than level <c>sandbox</c>.</summary>
    public Isolation Isolation { get; init; } = Isolation.Full;

    /// <summary>Who had it written; null is the user whose process it is.</summary>
    public string? Actor { get; init; }

    /// <summary>The same, written for a caller, whose request led to it.</summary>
    public EventContext By(Caller caller) => this with { Actor = caller.Name, CausationId = CausationId ?? caller.CorrelationId };

    /// <summary>The same, in a trace that somebody else has begun; just the same where it is in that already.</summary>
    /// <param name="traceParent">Theirs; one that cannot be read is left aside.</param>
    public EventContext Within(string traceParent) => ActivityContext.TryParse(traceParent, traceState: null, out var theirs) && !(ActivityContext.TryParse(TraceParent, traceState: null, out var own) && own.TraceId == theirs.TraceId)
        ? this with { TraceParent = Write(theirs.TraceId, ActivitySpanId.CreateRandom(), theirs.TraceFlags) }
        : this;

    /// <summary>A context of its own for one command of a caller.</summary>
    public static EventContext Of(Caller caller) => Begin(caller.CorrelationId ?? Guid.CreateVersion7().ToString()) with { Actor = caller.Name };

    /// <summary>A context of its own for one command that nobody has asked for, or of a run.</summary>
    public static EventContext New(Guid correlationId) => Begin(correlationId.ToString());

    /// <summary>A context of its own: in the trace of what is under way, where there is one.</summary>
    public static EventContext Begin(string correlationId) => new(correlationId, null, Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
        ? Write(activity.TraceId, activity.SpanId, activity.ActivityTraceFlags)
        : Write(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded));

    private static string Write(ActivityTraceId trace, ActivitySpanId span, ActivityTraceFlags flags) => $"00-{trace}-{span}-{(int)flags:x2}";
}
