namespace FlexCore.EventStore;

/// <summary>Events that are to be taken over do not follow on those that the store has; the ones before them have been taken over.</summary>
public sealed class LogMismatchException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="position">The position of the event that does not fit.</param>
    /// <param name="message">Why it does not.</param>
    public LogMismatchException(long position, string message)
        : base("FX3008", message) => Position = position;

    /// <summary>The position of the event that does not fit.</summary>
    public long Position { get; }
}
