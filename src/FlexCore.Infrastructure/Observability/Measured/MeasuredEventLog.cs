using FlexCore.Application.Ports;
using FlexCore.Domain;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The event log, with how long each operation takes.</summary>
internal sealed class MeasuredEventLog(IEventLog inner) : IEventLog
{
    private static readonly MeasuredPort Port = new("event-log");

    public ValueTask<IReadOnlyList<RecordedFact>> ReadAsync(string stream, CancellationToken cancellationToken) => Port.MeasureAsync("read", () => inner.ReadAsync(stream, cancellationToken));

    public ValueTask<IReadOnlyList<IReadOnlyList<RecordedFact>>> ReadAsync(IReadOnlyList<string> streams, CancellationToken cancellationToken) => Port.MeasureAsync("read", () => inner.ReadAsync(streams, cancellationToken));

    public ValueTask<(IDomainEvent Event, long Version)?> ReadLastAsync(string stream, CancellationToken cancellationToken) => Port.MeasureAsync("read-last", () => inner.ReadLastAsync(stream, cancellationToken));

    // The event store measures each append.
    public ValueTask<long> AppendAsync( string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, QueueChange? change, EventContext context, CancellationToken cancellationToken) => inner.AppendAsync(stream, expectedVersion, events, change, context, cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadLogAsync(EventQuery query, CancellationToken cancellationToken) => Port.MeasureAsync("read-log", () => inner.ReadLogAsync(query, cancellationToken));

    // How long it waits is what it was asked for.
    public ValueTask<long> WaitForEventsAsync(long after, CancellationToken cancellationToken) => inner.WaitForEventsAsync(after, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListStreamsAsync(string category, string? before, int limit, CancellationToken cancellationToken) => Port.MeasureAsync("list-streams", () => inner.ListStreamsAsync(category, before, limit, cancellationToken));
}
