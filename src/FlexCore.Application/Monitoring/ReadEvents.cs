using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>A page of the log.</summary>
/// <param name="Query">Which events.</param>
public sealed record ListEvents(EventQuery Query) : IQuery<IReadOnlyList<StoredEvent>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>The event at one position.</summary>
/// <param name="Position">Counted from 1.</param>
public sealed record ShowEvent(long Position) : IQuery<StoredEvent>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>Shows the event log as it is stored.</summary>
public sealed class ReadEvents(IEventLog log) : IHandler<ListEvents, IReadOnlyList<StoredEvent>>, IHandler<ShowEvent, StoredEvent>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<StoredEvent>>> HandleAsync(ListEvents request, Caller caller, CancellationToken cancellationToken) =>
        (await log.ReadLogAsync(request.Query, cancellationToken)).ToArray();

    /// <inheritdoc/>
    public async Task<Result<StoredEvent>> HandleAsync(ShowEvent request, Caller caller, CancellationToken cancellationToken)
    {
        var position = request.Position;
        var found = await log.ReadLogAsync(new EventQuery(position - 1, Limit: 1), cancellationToken);
        return found.Count == 1 && found[0].Position == position
            ? found[0]
            : new Error(ErrorCodes.NotFound, $"there is no event at position {position}");
    }
}
