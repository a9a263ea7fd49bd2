using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore
{
    private const int MaxIdleReaders = 4;

    private readonly Stack<SqliteSession> _idleReaders = new();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string streamId, long fromVersion = 1, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount);
        var inTable = await ReadEventsAsync(streamId, 0, session => SqliteReads.Stream(session, streamId, fromVersion, maxCount), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamAsync(inTable, streamId, fromVersion, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IReadOnlyList<RecordedEvent>>> ReadStreamsAsync(IReadOnlyList<string> streamIds, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamIds);
        var streams = new List<IReadOnlyList<RecordedEvent>>(streamIds.Count);
        foreach (var streamId in streamIds) streams.Add(await ReadStreamAsync(streamId, cancellationToken: cancellationToken).ConfigureAwait(false));
        return streams;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamBackwardsAsync(
        string streamId, long fromVersion = long.MaxValue, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount);
        var inTable = await ReadEventsAsync(streamId, 0, session => SqliteReads.StreamBackwards(session, streamId, fromVersion, maxCount), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamBackwardsAsync(inTable, streamId, fromVersion, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadLogAsync(
        long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ReadRules.Check(filter.Category ?? "", maxCount);
        ReadRules.Check(filter.Type ?? "", maxCount);
        var inTable = await ReadEventsAsync(streamId: null, afterPosition, session => SqliteReads.Log(session, afterPosition, maxCount, filter), cancellationToken).ConfigureAwait(false);
        return await _archive.LogAsync(inTable, afterPosition, maxCount, filter, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListStreamsAsync(
        string category, string? before, int maxCount, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(category, maxCount);
        var inTable = await ReadAsync(session => SqliteReads.Streams(session, category, before, maxCount), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamsAsync(inTable, category, before, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetLastPositionAsync(CancellationToken cancellationToken = default) => ReadAsync(SqliteReads.LastPosition, cancellationToken);

    private ValueTask<IReadOnlyList<RecordedEvent>> ReadEventsAsync(
        string? streamId, long after, Func<SqliteSession, IReadOnlyList<RecordedEvent>> read, CancellationToken cancellationToken) =>
        EventStoreTelemetry.ReadAsync(streamId, after, (Store: this, Read: read, Token: cancellationToken), static from => from.Store.ReadAsync(from.Read, from.Token));

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
