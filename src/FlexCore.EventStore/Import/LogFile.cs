using System.Runtime.CompilerServices;
using FlexCore.EventStore.Import;

namespace FlexCore.EventStore;

/// <summary>The log of a store as JSON Lines: one event a line, in the order of positions. Two stores with the same log give the same file, byte for byte.</summary>
public static class LogFile
{
    private const int PageSize = 100;

    /// <summary>Writes the log, up to the event that is the last one when the work begins.</summary>
    /// <param name="store">The store.</param>
    /// <param name="file">Where to.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>How many events were written.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be read.</exception>
    public static async ValueTask<long> WriteAsync(IEventStore store, Stream file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(file);
        using var line = new LogLineWriter();
        var last = await store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        var position = 0L;
        while (position < last)
        {
            var page = await store.ReadLogAsync(position, (int)Math.Min(PageSize, last - position), new LogFilter(), cancellationToken).ConfigureAwait(false);
            foreach (var recorded in page) await file.WriteAsync(line.Write(recorded), cancellationToken).ConfigureAwait(false);
            position = page[^1].Position;
        }

        await file.FlushAsync(cancellationToken).ConfigureAwait(false);
        return last;
    }

    /// <summary>Reads the events of such a file, as <see cref="IEventStore.ImportAsync"/> takes them.</summary>
    /// <param name="file">Where from.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>The events, one line in memory at a time.</returns>
    /// <exception cref="LogFileException">A line is no event.</exception>
    public static async IAsyncEnumerable<RecordedEvent> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var lines = new LogLines(file);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false) is { } line) yield return LogLineReader.Read(line, lines.Number);
    }
}
