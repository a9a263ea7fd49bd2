namespace FlexCore.EventStore;

/// <summary>The stream is not at the version that the append expected; nothing was appended. Read the stream again and decide anew.</summary>
public sealed class StreamVersionConflictException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="expected">What the append expected.</param>
    /// <param name="actual">The version that the stream has, 0 when it does not exist.</param>
    public StreamVersionConflictException(string streamId, ExpectedVersion expected, long actual)
        : base("FX3001", $"The stream '{streamId}' was expected to be at {expected} but is at {ExpectedVersion.Exact(actual)}. Nothing was appended.")
    {
        StreamId = streamId;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The stream.</summary>
    public string StreamId { get; }

    /// <summary>What the append expected.</summary>
    public ExpectedVersion Expected { get; }

    /// <summary>The version that the stream has, 0 when it does not exist.</summary>
    public long Actual { get; }
}
