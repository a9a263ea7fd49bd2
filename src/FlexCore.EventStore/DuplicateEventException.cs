namespace FlexCore.EventStore;

/// <summary>An event with this id is in the store already, and the append is not a repetition of the one that brought it; nothing was appended.</summary>
public sealed class DuplicateEventException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="eventId">The id that is taken.</param>
    /// <param name="message">What differs.</param>
    public DuplicateEventException(Guid eventId, string message)
        : base("FX3002", message) => EventId = eventId;

    /// <summary>The id that is taken.</summary>
    public Guid EventId { get; }
}
