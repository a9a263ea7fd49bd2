using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>Shows the event log as it is stored.</summary>
public sealed class ReadEvents(IEventLog log)
{
    /// <summary>A page of the log.</summary>
    public ValueTask<IReadOnlyList<StoredEvent>> ListAsync(EventQuery query, CancellationToken cancellationToken) =>
        log.ReadLogAsync(query, cancellationToken);

    /// <summary>The event at one position.</summary>
    public async Task<Result<StoredEvent>> ShowAsync(long position, CancellationToken cancellationToken)
    {
        var found = await log.ReadLogAsync(new EventQuery(position - 1, Limit: 1), cancellationToken);
        return found.Count == 1 && found[0].Position == position
            ? found[0]
            : new Error(ErrorCodes.NotFound, $"there is no event at position {position}");
    }
}
