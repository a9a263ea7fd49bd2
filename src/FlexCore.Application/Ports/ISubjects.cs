namespace FlexCore.Application.Ports;

/// <summary>Those whom personal data in the log are about. What cannot be done throws <see cref="Domain.Errors.FlexCoreException"/>.</summary>
public interface ISubjects
{
    /// <summary>Makes all data about a subject unreadable for ever, and keeps that on record.</summary>
    ValueTask<ErasedSubject> EraseAsync(string subject, string reason, EventContext context, CancellationToken cancellationToken);

    /// <summary>Does again what is on record: after keys were brought back from a backup.</summary>
    /// <returns>How many keys were there again.</returns>
    ValueTask<int> EraseAgainAsync(CancellationToken cancellationToken);
}

/// <summary>A subject that was erased.</summary>
/// <param name="Erasure">The erasure; its event is in the event stream <c>erasure-ID</c>.</param>
/// <param name="Subject">What the log calls the subject.</param>
/// <param name="KeysDestroyed">0 when it was erased before, and nothing was kept about it since.</param>
public sealed record ErasedSubject(Guid Erasure, string Subject, int KeysDestroyed);
