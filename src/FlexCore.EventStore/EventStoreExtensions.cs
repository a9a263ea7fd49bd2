namespace FlexCore.EventStore;

/// <summary>What every event store can do by what <see cref="IEventStore"/> can do.</summary>
public static class EventStoreExtensions
{
    private const string MetadataType = "StreamMetadataSet";

    /// <summary>Appends events to streams, all or none, and changes nothing else.</summary>
    /// <param name="store">The store.</param>
    /// <param name="appends">The streams, the versions they must have, and the events.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    /// <returns>As <see cref="IEventStore.AppendAsync"/>.</returns>
    public static ValueTask<AppendResult> AppendAsync(this IEventStore store, IReadOnlyList<StreamAppend> appends, CancellationToken cancellationToken = default) =>
        store.AppendAsync(appends, [], cancellationToken);

    /// <summary>Appends events to one stream, all or none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="append">The stream, the version it must have, and the events.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    /// <returns>As <see cref="IEventStore.AppendAsync"/>.</returns>
    public static ValueTask<AppendResult> AppendAsync(this IEventStore store, StreamAppend append, CancellationToken cancellationToken = default) =>
        store.AppendAsync([append], [], cancellationToken);

    /// <summary>Reads the newest event of a stream.</summary>
    /// <param name="store">The store.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The event, or null when the stream does not exist.</returns>
    public static async ValueTask<RecordedEvent?> ReadLastAsync(this IEventStore store, string streamId, CancellationToken cancellationToken = default)
    {
        var events = await store.ReadStreamBackwardsAsync(streamId, maxCount: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return events.Count == 0 ? null : events[0];
    }

    /// <summary>Says something about a stream. It is an event itself, in the stream <c>$meta-&lt;stream&gt;</c>, whose versions are those of the metadata.</summary>
    /// <param name="store">The store.</param>
    /// <param name="streamId">The stream, which need not exist.</param>
    /// <param name="expected">The version of the metadata that is to be replaced.</param>
    /// <param name="metadata">UTF-8 JSON by convention.</param>
    /// <param name="cancellationToken">Looked at until the work starts.</param>
    /// <returns>As <see cref="IEventStore.AppendAsync"/>.</returns>
    public static ValueTask<AppendResult> SetStreamMetadataAsync(
        this IEventStore store, string streamId, ExpectedVersion expected, ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default) =>
        store.AppendAsync(new StreamAppend(MetadataStream(streamId), expected, [new EventData(Guid.CreateVersion7(), MetadataType, metadata, default)]), cancellationToken);

    /// <summary>Reads what was said last about a stream.</summary>
    /// <param name="store">The store.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The event that says it, or null when nothing was ever said.</returns>
    public static ValueTask<RecordedEvent?> ReadStreamMetadataAsync(this IEventStore store, string streamId, CancellationToken cancellationToken = default) =>
        store.ReadLastAsync(MetadataStream(streamId), cancellationToken);

    private static string MetadataStream(string streamId) => "$meta-" + streamId;
}
