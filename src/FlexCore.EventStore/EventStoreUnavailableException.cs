namespace FlexCore.EventStore;

/// <summary>The store cannot be used as it is. The message names the file, the cause and what to do.</summary>
public sealed class EventStoreUnavailableException : EventStoreException
{
    /// <summary>The store cannot be opened, read or written at its place.</summary>
    public const string CannotOpen = "FX3003";

    /// <summary>The disk is full; the store goes on working once there is space.</summary>
    public const string DiskFull = "FX3004";

    /// <summary>Somebody else held the store's lock for longer than the timeout.</summary>
    public const string Busy = "FX3005";

    /// <summary>The file is not a FlexCore event store, is newer than this program, or is corrupt.</summary>
    public const string NotUsable = "FX3006";

    /// <summary>What was asked for lies in a file of the archive that is not there.</summary>
    public const string Archived = "FX3009";

    /// <summary>Creates the exception.</summary>
    /// <param name="code">One of the codes of this class.</param>
    /// <param name="message">Names the file, the cause and what to do.</param>
    /// <param name="innerException">What the database said.</param>
    public EventStoreUnavailableException(string code, string message, Exception? innerException = null)
        : base(code, message, innerException)
    {
    }
}
