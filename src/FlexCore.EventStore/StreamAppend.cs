namespace FlexCore.EventStore;

/// <summary>Events to put at the end of one stream.</summary>
/// <param name="StreamId">The stream, named <c>&lt;category&gt;-&lt;id&gt;</c>, at most 512 characters. The category is what precedes the first hyphen.</param>
/// <param name="Expected">The version that the stream must have; otherwise nothing is appended.</param>
/// <param name="Events">The events in their order, at least one.</param>
public sealed record StreamAppend(string StreamId, ExpectedVersion Expected, IReadOnlyList<EventData> Events);
