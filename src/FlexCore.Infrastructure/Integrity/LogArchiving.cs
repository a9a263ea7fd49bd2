using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Integrity;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>Moves old events out of the database, and puts on record what has left.</summary>
internal sealed class LogArchiving(IEventStore store, EventLog log, LogIntegrity integrity)
{
    /// <summary>Moves the log up to a position. All of it is signed before it leaves.</summary>
    /// <returns>What has left.</returns>
    public async Task<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upTo, CancellationToken cancellationToken)
    {
        if (await integrity.SignAsync(cancellationToken) is null) return [];
        var segments = await MoveAsync(upTo, cancellationToken);
        if (segments.Count == 0) return [];
        var archived = segments.Select(segment => new EventsArchived(segment.FirstPosition, segment.LastPosition, segment.File)).ToList();
        await log.AppendAsync(EventStreams.Archive, expectedVersion: null, archived, EventContext.New(Guid.CreateVersion7()), CancellationToken.None);
        return segments;
    }

    private async Task<IReadOnlyList<ArchiveSegment>> MoveAsync(long upTo, CancellationToken cancellationToken)
    {
        try
        {
            return await LogIntegrity.TranslateAsync(() => store.ArchiveAsync(upTo, cancellationToken));
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw new FlexCoreException(
                new Error(ErrorCodes.StoreUnavailable, $"the archive cannot be written: {e.Message}", SpecificRemedy: "Make its folder writable, or set `store.archive` to another one."), e);
        }
    }

    /// <summary>The position of the last event before a time; 0 when there is none. Found by halving: events are recorded in the order of their positions, but for the difference of clocks.</summary>
    public async Task<long> FindLastBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        var (before, after) = (0L, await EventLog.Translate(() => store.GetLastPositionAsync(cancellationToken)) + 1);
        while (after - before > 1)
        {
            var middle = before + ((after - before) / 2);
            var events = await EventLog.Translate(() => store.ReadLogAsync(middle - 1, 1, new LogFilter(), cancellationToken));
            if (events is [var recorded] && recorded.RecordedAt < time) before = middle;
            else after = middle;
        }

        return before;
    }
}
