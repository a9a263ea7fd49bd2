namespace FlexCore.EventStore;

/// <summary>Personal data cannot be protected, revealed or erased.</summary>
public sealed class PersonalDataException : EventStoreException
{
    /// <summary>The subject never had personal data here.</summary>
    public const string SubjectUnknown = "FX1051";

    /// <summary>The keys of this store are wrapped under another master key.</summary>
    public const string OtherMasterKey = "FX3020";

    /// <summary>The key of an event is neither there nor known to have been destroyed.</summary>
    public const string KeyMissing = "FX3021";

    /// <summary>What was encrypted, or its key, is not what was written.</summary>
    public const string Damaged = "FX3022";

    /// <summary>Creates the exception.</summary>
    /// <param name="code">One of the codes of this class.</param>
    /// <param name="message">What is wrong and what to do.</param>
    public PersonalDataException(string code, string message)
        : base(code, message)
    {
    }

    internal static PersonalDataException UnknownSubject() => new(
        SubjectUnknown, "No personal data was ever kept here for this subject. Give it exactly as it was written: case and spaces count.");

    internal static PersonalDataException WrongMasterKey() => new(
        OtherMasterKey, "The keys of personal data are wrapped under another master key than the one given. Give the one that they were made with; without it the data stay unreadable.");

    internal static PersonalDataException NoKey(RecordedEvent recorded, Guid key) => new(
        KeyMissing, $"The key {key} of the event at position {recorded.Position} is missing, and no erasure has destroyed it here. Bring back the keys that belong to this store.");

    internal static PersonalDataException KeyDamaged(Guid key) => new(Damaged, $"The key {key} of personal data is damaged. Bring it back from a backup of the keys.");

    internal static PersonalDataException DataDamaged(RecordedEvent recorded) => new(
        Damaged, $"The personal data of the event at position {recorded.Position} are not what was written: somebody has changed the event, or its disk has.");
}
