using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Integrity;
using FlexCore.Infrastructure.Artifacts;
using FlexCore.Infrastructure.Files;
using FlexCore.Infrastructure.Integrity;
using FlexCore.Infrastructure.Observability;

namespace FlexCore.Infrastructure.Retention;

/// <summary>What is past in a data directory and its store.</summary>
/// <param name="log">The log.</param>
/// <param name="archiving">Moves events.</param>
/// <param name="logsFolder">With a file for each run.</param>
/// <param name="files">With logs of other nodes, and artifacts.</param>
internal sealed class Past(IEventLog log, LogArchiving archiving, string logsFolder, Lazy<IFileStore> files) : IPast
{
    // Files with fewer would be many.
    private const long FewestEvents = 10_000;

    public async ValueTask<long> DeleteLogsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var runs = new HashSet<string>(DeleteLocalLogs(before), StringComparer.Ordinal);
        foreach (var folder in (string[])[StoredRunLogs.Folder, StoredArtifacts.Folder])
        {
            await foreach (var file in files.Value.ListAsync(folder, cancellationToken))
            {
                if (file.Modified >= before) continue;
                await files.Value.DeleteAsync(file.Name, cancellationToken);
                runs.Add(file.Name.Split('/')[1]);
            }
        }

        return runs.Count;
    }

    public async ValueTask<long> ArchiveEventsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var archived = await log.ReadLastAsync(EventStreams.Archive, cancellationToken) is { Event: EventsArchived last } ? last.LastPosition : 0;
        var upTo = await archiving.FindLastBeforeAsync(before, cancellationToken);
        if (upTo - archived < FewestEvents) return 0;
        return (await archiving.ArchiveAsync(upTo, cancellationToken)).Sum(segment => segment.LastPosition - segment.FirstPosition + 1);
    }

    private List<string> DeleteLocalLogs(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(logsFolder);
        try
        {
            if (!folder.Exists) return [];
            var old = folder.EnumerateFiles("*.jsonl").Where(file => file.LastWriteTimeUtc < before.UtcDateTime).ToList();
            foreach (var file in old) file.Delete();
            return [.. old.Select(file => Path.GetFileNameWithoutExtension(file.Name))];
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }
}
