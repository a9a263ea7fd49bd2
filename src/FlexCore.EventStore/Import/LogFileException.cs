namespace FlexCore.EventStore;

/// <summary>A line of a file of events cannot be read.</summary>
public sealed class LogFileException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="line">The line, counted from 1.</param>
    /// <param name="reason">What is wrong with it.</param>
    public LogFileException(long line, string reason)
        : base("FX1006", $"Line {line} of the file of events cannot be read: {reason}") => Line = line;

    /// <summary>The line, counted from 1.</summary>
    public long Line { get; }
}
