namespace FlexCore.EventStore.History;

/// <summary>What the parts of a verification have found so far.</summary>
internal sealed class Findings(int maxListed)
{
    private readonly List<LogViolation> _listed = [];

    public long Count { get; private set; }

    public IReadOnlyList<LogViolation> Listed => [.. _listed.OrderBy(violation => violation.Position)];

    /// <summary>How many events are known not to stand where they were: gaps in the versions of streams are no news as long as these explain them.</summary>
    public long Lost { get; set; }

    public void Report(ViolationKind kind, long position, string? streamId, string message)
    {
        Count++;
        if (_listed.Count < maxListed) _listed.Add(new LogViolation(kind, position, streamId, message));
    }

    public void Report(ViolationKind kind, RecordedEvent recorded, string message) =>
        Report(kind, recorded.Position, recorded.StreamId, $"The event at position {recorded.Position}, version {recorded.Version} of '{recorded.StreamId}', {message}");
}
