namespace FlexCore.EventStore.Erasure;

/// <summary>A key under which data of one subject are encrypted, or what is left of it.</summary>
/// <param name="Id">Random: it stands in the log for ever and must name nobody.</param>
/// <param name="Subject">The subject, as only the holder of the master key can compute it.</param>
/// <param name="Wrapped">The key under the master key; null when it was destroyed.</param>
/// <param name="Erasure">The erasure that has destroyed it.</param>
internal sealed record SubjectKey(Guid Id, byte[] Subject, byte[]? Wrapped, Guid? Erasure);
