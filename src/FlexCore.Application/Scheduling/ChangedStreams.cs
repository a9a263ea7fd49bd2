using FlexCore.Application.Ports;

namespace FlexCore.Application.Scheduling;

/// <summary>What follows the log wants to know what has changed since it looked last.</summary>
internal static class ChangedStreams
{
    private const int Page = 1000;

    /// <summary>The event streams of a category that have events behind a position.</summary>
    /// <param name="log">The log.</param>
    /// <param name="category">The category.</param>
    /// <param name="after">The position.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <param name="types">Only by events of these types; none for all.</param>
    /// <returns>The streams, and the position of the last event of the category.</returns>
    public static async Task<(IReadOnlyList<string> Streams, long Last)> ReadChangedAsync(this IEventLog log, string category, long after, CancellationToken cancellationToken, params string[] types)
    {
        var streams = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var events = await log.ReadLogAsync(new EventQuery(after, Page, Category: category), cancellationToken);
            streams.UnionWith(events.Where(@event => types.Length == 0 || types.Contains(@event.Type, StringComparer.Ordinal)).Select(@event => @event.Stream));
            after = events.Count == 0 ? after : events[^1].Position;
            if (events.Count < Page) return ([.. streams], after);
        }
    }
}
