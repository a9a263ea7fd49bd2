using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Integrity;
using FlexCore.Infrastructure.Integrity;

namespace FlexCore.Infrastructure.Retention;

/// <summary>What is past in a data directory and its store.</summary>
/// <param name="log">The log.</param>
/// <param name="archiving">Moves events.</param>
/// <param name="logsFolder">With a file for each run.</param>
internal sealed class Past(IEventLog log, LogArchiving archiving, string logsFolder) : IPast
{
    // Files with fewer would be many.
    private const long FewestEvents = 10_000;

    public long DeleteLogs(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(logsFolder);
        try
        {
            if (!folder.Exists) return 0;
            var old = folder.EnumerateFiles("*.jsonl").Where(file => file.LastWriteTimeUtc < before.UtcDateTime).ToList();
            foreach (var file in old) file.Delete();
            return old.Count;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    public async ValueTask<long> ArchiveEventsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var archived = await log.ReadLastAsync(EventStreams.Archive, cancellationToken) is { Event: EventsArchived last } ? last.LastPosition : 0;
        var upTo = await archiving.FindLastBeforeAsync(before, cancellationToken);
        if (upTo - archived < FewestEvents) return 0;
        return (await archiving.ArchiveAsync(upTo, cancellationToken)).Sum(segment => segment.LastPosition - segment.FirstPosition + 1);
    }
}
