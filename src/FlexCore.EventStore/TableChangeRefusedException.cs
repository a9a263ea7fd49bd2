namespace FlexCore.EventStore;

/// <summary>A change that an append depends on found no row, or broke a rule of its table. Nothing was appended or changed.</summary>
public sealed class TableChangeRefusedException : EventStoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="change">The change.</param>
    /// <param name="reason">What the database said; null when there was no row.</param>
    /// <param name="innerException">How it said that.</param>
    public TableChangeRefusedException(TableChange change, string? reason = null, Exception? innerException = null)
        : base("FX3010", $"What was to be appended depends on a row that is not there as it must be{(reason is null ? "" : $" ({reason})")}. Nothing was appended.", innerException) => Change = change;

    /// <summary>The change that was refused.</summary>
    public TableChange Change { get; }
}
