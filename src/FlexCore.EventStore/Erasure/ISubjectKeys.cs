namespace FlexCore.EventStore.Erasure;

/// <summary>Where the keys of subjects are. What one caller has done, every other one sees with its next call.</summary>
internal interface ISubjectKeys
{
    /// <summary>By what the master key is known under which all keys are wrapped.</summary>
    /// <param name="first">What to keep as that if there is nothing yet; null keeps nothing.</param>
    /// <param name="cancellationToken">Gives the question up.</param>
    ValueTask<byte[]?> GetMasterAsync(byte[]? first, CancellationToken cancellationToken);

    /// <summary>The key that is in use for a subject; when there is none, this one from now on, durably.</summary>
    ValueTask<SubjectKey> GetOrAddAsync(SubjectKey fresh, CancellationToken cancellationToken);

    /// <summary>The keys with these ids, those that were destroyed too.</summary>
    ValueTask<IReadOnlyList<SubjectKey>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken);

    /// <summary>All keys that a subject ever had.</summary>
    ValueTask<IReadOnlyList<SubjectKey>> ListAsync(byte[] subject, CancellationToken cancellationToken);

    /// <summary>Destroys the keys with these ids, and keeps in their places, durably, by which erasure; keys that were destroyed before keep theirs.</summary>
    ValueTask DestroyAsync(IReadOnlyList<SubjectKey> destroyed, CancellationToken cancellationToken);
}
