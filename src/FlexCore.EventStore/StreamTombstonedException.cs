namespace FlexCore.EventStore;

/// <summary>The stream has been closed for good; nothing was appended.</summary>
public sealed class StreamTombstonedException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="streamId">The stream.</param>
    public StreamTombstonedException(string streamId)
        : base("FX3007", $"The stream '{streamId}' has been closed for good. Nothing was appended; use another stream.") => StreamId = streamId;

    /// <summary>The stream.</summary>
    public string StreamId { get; }
}
