namespace FlexCore.Infrastructure.Clients;

/// <summary>Something that can be asked of a system, as spans, metrics and the log name it. Made once, so that a call makes nothing.</summary>
/// <param name="Name">As the system calls it: <c>GET</c>, <c>insert</c>, <c>send</c>.</param>
/// <param name="MayRepeat">Whether doing it twice is as good as once, so that it is tried again when nobody knows whether it was done.</param>
internal sealed record Operation(string Name, bool MayRepeat = false)
{
    /// <summary>What tells it apart in the metric of its system.</summary>
    public string Kind { get; init; } = Name;
}
