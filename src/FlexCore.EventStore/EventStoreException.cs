namespace FlexCore.EventStore;

/// <summary>The store could not do what it was asked to.</summary>
public abstract class EventStoreException : Exception
{
    private protected EventStoreException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The stable error code, for example <c>FX3001</c>.</summary>
    public string Code { get; }
}
