namespace FlexCore.Application.Ports;

/// <summary>What is past and can leave where it takes up room.</summary>
public interface IPast
{
    /// <summary>Deletes what plugins have said, on this machine and in the store of files, and the files that they have left, of runs for which nothing of it was written since a time.</summary>
    /// <returns>How many runs it was of.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">Some of it cannot be deleted.</exception>
    ValueTask<long> DeleteLogsAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Moves events from before a time into the archive, once there are enough of them for a file.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">The archive cannot be written.</exception>
    ValueTask<long> ArchiveEventsAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
