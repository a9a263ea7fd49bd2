namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore
{
    /// <inheritdoc/>
    /// <remarks>The keys are in a file of their own beside the store, <c>&lt;store&gt;-keys</c>, which is made with the first key.</remarks>
    public PersonalData OpenPersonalData(ReadOnlySpan<byte> masterKey)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new PersonalData(this, this, _keys, masterKey);
    }
}
