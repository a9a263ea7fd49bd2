using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore
{
    private const int MaxIdleReaders = 4;

    private readonly Stack<SqliteSession> _idleReaders = new();

    /// <summary>Reads events of a stream, oldest first.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="fromVersion">The version to begin with.</param>
    /// <param name="maxCount">How many events to read at most.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The events as they were at one moment; none when the stream does not exist.</returns>
    public ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string streamId, long fromVersion = 1, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        return ReadAsync(session => SqliteReads.Stream(session, streamId, fromVersion, maxCount), cancellationToken);
    }

    /// <summary>Reads the newest event of a stream.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The event, or null when the stream does not exist.</returns>
    public ValueTask<RecordedEvent?> ReadLastAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        return ReadAsync(session => SqliteReads.Last(session, streamId), cancellationToken);
    }

    /// <summary>Reads events of all streams in the order of their positions.</summary>
    /// <param name="afterPosition">The position that was read last, 0 to begin.</param>
    /// <param name="maxCount">How many events to read at most.</param>
    /// <param name="filter">Which events to read.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The events as they were at one moment. No event will ever appear before one that has been read.</returns>
    public ValueTask<IReadOnlyList<RecordedEvent>> ReadLogAsync(
        long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        ArgumentNullException.ThrowIfNull(filter);
        return ReadAsync(session => SqliteReads.Log(session, afterPosition, maxCount, filter), cancellationToken);
    }

    /// <summary>Lists the streams of a category by id in descending ordinal order, so that ids which grow with time come newest first.</summary>
    /// <param name="category">The category: what precedes the first hyphen of the streams' ids.</param>
    /// <param name="before">The last id of the page before, or null for the first page.</param>
    /// <param name="maxCount">How many streams to list at most.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The ids of the streams.</returns>
    public ValueTask<IReadOnlyList<string>> ListStreamsAsync(
        string category, string? before, int maxCount, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        return ReadAsync(session => SqliteReads.Streams(session, category, before, maxCount), cancellationToken);
    }

    private ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        SqliteSession? session = null;
        try
        {
            session = TakeReader();
            return new(read(session));
        }
        catch (EventStoreUnavailableException e)
        {
            return ValueTask.FromException<T>(e);
        }
        finally
        {
            GiveBack(session);
        }
    }

    private SqliteSession TakeReader()
    {
        lock (_idleReaders)
        {
            if (_idleReaders.TryPop(out var idle))
            {
                return idle;
            }
        }

        return SqliteSession.Open(_path, create: false);
    }

    private void GiveBack(SqliteSession? session)
    {
        lock (_idleReaders)
        {
            if (session is not null && !_disposed && _idleReaders.Count < MaxIdleReaders)
            {
                _idleReaders.Push(session);
                return;
            }
        }

        session?.Dispose();
    }

    private void CloseIdleReaders()
    {
        lock (_idleReaders)
        {
            while (_idleReaders.TryPop(out var session))
            {
                session.Dispose();
            }
        }
    }
}
