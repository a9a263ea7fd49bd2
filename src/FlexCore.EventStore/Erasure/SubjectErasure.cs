namespace FlexCore.EventStore;

/// <summary>How a subject was erased.</summary>
/// <param name="Id">The erasure: its event is in the stream <c>erasure-&lt;id&gt;</c>.</param>
/// <param name="Subject">What the log calls the subject, in hexadecimal: only the holder of the master key can compute it.</param>
/// <param name="KeysDestroyed">How many keys this call has destroyed; 0 when the subject was erased before and had no new data since.</param>
public sealed record SubjectErasure(Guid Id, string Subject, int KeysDestroyed);
