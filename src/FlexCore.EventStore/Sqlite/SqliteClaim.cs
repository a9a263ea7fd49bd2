using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Sqlite;

/// <summary>A lock of the operating system on a file beside the store, which it lets go of when the process ends. It is never lost before.</summary>
internal sealed class SqliteClaim(FileStream file, long epoch, long position) : IClaim
{
    public long Epoch => epoch;

    public long Position => position;

    public CancellationToken Lost => CancellationToken.None;

    /// <summary>The file stays: whoever removed it could not know that nobody else has just locked it.</summary>
    public ValueTask DisposeAsync() => file.DisposeAsync();
}
