using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>A page of the log.</summary>
/// <param name="Query">Which events.</param>
public sealed record ListEvents(EventQuery Query) : IQuery<IReadOnlyList<StoredEvent>>
{
    /// <summary>Whether the newest ones are wanted, newest first: those before <see cref="EventQuery.After"/>, or of all where that is 0.</summary>
    public bool IsNewest { get; init; }

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
    private const int FirstPiece = 1_000;
    private const int LongestPiece = 100_000;

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<StoredEvent>>> HandleAsync(ListEvents request, Caller caller, CancellationToken cancellationToken) =>
        (request.IsNewest ? await ReadNewestAsync(request.Query, cancellationToken) : await log.ReadLogAsync(request.Query, cancellationToken)).ToArray();

    /// <inheritdoc/>
    public async Task<Result<StoredEvent>> HandleAsync(ShowEvent request, Caller caller, CancellationToken cancellationToken)
    {
        var position = request.Position;
        var found = await log.ReadLogAsync(new EventQuery(position - 1, Limit: 1), cancellationToken);
        return found.Count == 1 && found[0].Position == position
            ? found[0]
            : new Error(ErrorCodes.NotFound, $"there is no event at position {position}");
    }

    /// <summary>Looks back in pieces, each longer than the one before: what is rare costs a look at all of the log, and what is not a short one.</summary>
    private async Task<IReadOnlyList<StoredEvent>> ReadNewestAsync(EventQuery query, CancellationToken cancellationToken)
    {
        var end = query.After > 0 ? query.After : await log.WaitForEventsAsync(after: 0, cancellationToken) + 1;
        var found = new List<StoredEvent>();
        for (var piece = FirstPiece; end > 1 && found.Count < query.Limit; piece = Math.Min(piece * 4, LongestPiece))
        {
            // A stream is read as a whole in any case; elsewhere positions have no gaps, so that no more than these are between the two.
            var begin = query.Stream is null ? Math.Max(0, end - 1 - piece) : 0;
            var events = await log.ReadLogAsync(query with { After = begin, Limit = query.Stream is null ? (int)(end - begin) : int.MaxValue }, cancellationToken);
            found.AddRange(events.Where(stored => stored.Position < end).Reverse());
            end = begin + 1;
        }

        return found.Count > query.Limit ? found[..query.Limit] : found;
    }
}
