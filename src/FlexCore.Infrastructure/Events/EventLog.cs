using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;

namespace FlexCore.Infrastructure.Events;

/// <summary>The event log on an event store.</summary>
internal sealed class EventLog(IEventStore store, IStoredRunQueue queue, string actor, string node) : IEventLog
{
    // Many look at the same pipeline or run at once, and each look is a journey to the database.
    private readonly SharedReads<string, IReadOnlyList<RecordedFact>> _streams = new(async (stream, token) => Decode(await Translate(() => store.ReadStreamAsync(stream, cancellationToken: token))));

    /// <summary>Whether this process has appended something.</summary>
    public bool HasOwnEvents { get; private set; }

    public ValueTask<IReadOnlyList<RecordedFact>> ReadAsync(string stream, CancellationToken cancellationToken) => _streams.ReadAsync(stream, cancellationToken);

    public async ValueTask<IReadOnlyList<IReadOnlyList<RecordedFact>>> ReadAsync(IReadOnlyList<string> streams, CancellationToken cancellationToken) =>
        [.. (await Translate(() => store.ReadStreamsAsync(streams, cancellationToken))).Select(Decode)];

    public async ValueTask<(IDomainEvent Event, long Version)?> ReadLastAsync(string stream, CancellationToken cancellationToken)
    {
        var last = await Translate(() => store.ReadLastAsync(stream, cancellationToken));
        return last is null ? null : (EventCodec.Decode(last), last.Version);
    }

    public async ValueTask<long> AppendAsync(
        string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, QueueChange? change, EventContext context, CancellationToken cancellationToken)
    {
        TableChange[] changes = change is null ? [] : [await queue.TranslateAsync(change, cancellationToken)];
        long version;
        try
        {
            version = await AppendAsync(stream, expectedVersion, events, changes, context, cancellationToken);
        }
        catch (FlexCoreException e) when (e.InnerException is TableChangeRefusedException)
        {
            throw RunQueueRows.Refused(change, e);
        }

        if (change is not null) queue.Raise(change);
        return version;
    }

    /// <summary>Appends, and changes another table in the same transaction: all or nothing.</summary>
    /// <exception cref="FlexCoreException">With a <see cref="TableChangeRefusedException"/> within, where the change does not find its row.</exception>
    public async ValueTask AppendAsync(string stream, IReadOnlyList<IDomainEvent> events, TableChange change, EventContext context, CancellationToken cancellationToken) =>
        await AppendAsync(stream, expectedVersion: null, events, [change], context, cancellationToken);

    private async ValueTask<long> AppendAsync(string stream, long? expectedVersion, IReadOnlyList<IDomainEvent> events, TableChange[] changes, EventContext context, CancellationToken cancellationToken)
    {
        var expected = expectedVersion is { } version ? ExpectedVersion.Exact(version) : ExpectedVersion.Any;
        var data = events.Select(@event => EventCodec.Encode(@event, Metadata)).ToList();
        var result = await Translate(() => store.AppendAsync([new StreamAppend(stream, expected, data)], changes, cancellationToken));
        NoteAppend();
        return result.StreamVersions[0];

        EventMetadata Metadata(int schema) => new(context.Actor ?? actor, context.CorrelationId, context.CausationId, node, context.TraceParent, schema)
        {
            Degraded = context.Isolation.IsDegraded ? true : null,
            Missing = context.Isolation.IsDegraded ? context.Isolation.Missing : null,
        };
    }

    public async ValueTask<IReadOnlyList<StoredEvent>> ReadLogAsync(EventQuery query, CancellationToken cancellationToken)
    {
        if (query.Stream is { } stream)
        {
            var history = await Translate(() => store.ReadStreamAsync(stream, cancellationToken: cancellationToken));
            return [.. history.Where(recorded => recorded.Position > query.After && (query.Type ?? recorded.Type) == recorded.Type).Take(query.Limit).Select(Show)];
        }

        var page = await Translate(() => store.ReadLogAsync(query.After, query.Limit, new LogFilter(query.Category, query.Type), cancellationToken));
        return [.. page.Select(Show)];
    }

    public ValueTask<long> WaitForEventsAsync(long after, CancellationToken cancellationToken) => Translate(async () =>
    {
        while (true)
        {
            if (await store.GetLastPositionAsync(cancellationToken) is var last && last > after) return last;
            await store.WaitForEventsAsync(after, cancellationToken);
        }
    });

    public ValueTask<IReadOnlyList<string>> ListStreamsAsync(string category, string? before, int limit, CancellationToken cancellationToken) =>
        Translate(() => store.ListStreamsAsync(category, before, limit, cancellationToken));

    /// <summary>Something was appended past this object.</summary>
    public void NoteAppend() => HasOwnEvents = true;

    /// <summary>Puts the store's failures into the words of the error registry.</summary>
    public static async ValueTask<T> Translate<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (EventStoreException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.Find(e.Code), e.Message), e) { IsOfTheLog = e is EventStoreUnavailableException };
        }
    }

    /// <summary>An event for people to look at.</summary>
    public static StoredEvent Show(RecordedEvent recorded) => new(
        recorded.Position,
        recorded.StreamId,
        recorded.Version,
        recorded.Id,
        recorded.Type,
        recorded.RecordedAt,
        Show(recorded.Data.Span),
        Show(recorded.Metadata.Span));

    private static IReadOnlyList<RecordedFact> Decode(IReadOnlyList<RecordedEvent> events) =>
        [.. events.Select(recorded => Decode(recorded, EventCodec.OriginOf(recorded)))];

    private static RecordedFact Decode(RecordedEvent recorded, (string Actor, string TraceParent) origin) => new(EventCodec.Decode(recorded), recorded.RecordedAt, origin.Actor, origin.TraceParent);

    // Bytes are JSON by convention only: a tombstone has none.
    private static JsonElement Show(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonElement.Parse(content.IsEmpty ? "null"u8 : content);
        }
        catch (JsonException)
        {
            return JsonElement.Parse($"{{\"base64\":\"{Convert.ToBase64String(content)}\"}}");
        }
    }
}
