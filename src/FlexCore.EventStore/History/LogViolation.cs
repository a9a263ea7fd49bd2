namespace FlexCore.EventStore;

/// <summary>A place where the log is not what it was.</summary>
/// <param name="Kind">What has happened there.</param>
/// <param name="Position">The position of the event; the first one of several; the size of a checkpoint.</param>
/// <param name="StreamId">The stream of the event, when it is known.</param>
/// <param name="Message">The same in words.</param>
public sealed record LogViolation(ViolationKind Kind, long Position, string? StreamId, string Message);
