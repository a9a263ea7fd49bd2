namespace FlexCore.Application.Ports;

/// <summary>What is past and can leave where it takes up room.</summary>
public interface IPast
{
    /// <summary>Deletes what plugins have said on this machine in runs of which nobody has written since a time.</summary>
    /// <returns>How many runs it was of.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">The logs cannot be deleted.</exception>
    long DeleteLogs(DateTimeOffset before);

    /// <summary>Moves events from before a time into the archive, once there are enough of them for a file.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">The archive cannot be written.</exception>
    ValueTask<long> ArchiveEventsAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
