using FlexCore.EventStore.Postgres;

namespace FlexCore.EventStore;

public sealed partial class PostgresEventStore
{
    /// <inheritdoc/>
    /// <remarks>The keys are in the table <c>subject_keys</c> beside the log: leave it out of backups that are kept for long.</remarks>
    public PersonalData OpenPersonalData(ReadOnlySpan<byte> masterKey)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new PersonalData(this, this, new PostgresSubjectKeys(_database), masterKey);
    }
}
