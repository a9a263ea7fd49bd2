using System.Diagnostics;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

/// <summary>
/// An event store in one SQLite file. Any number of threads may use one object, and any number of processes may open one file on a local disk.
/// </summary>
/// <remarks>
/// <para>An append that has returned is durable: it survives the death of the process and the loss of power.</para>
/// <para>SQLite works on the calling thread; the methods are asynchronous where they wait for each other.</para>
/// <para>Every method throws <see cref="EventStoreUnavailableException"/> when the file cannot be used.</para>
/// </remarks>
public sealed partial class SqliteEventStore : IAsyncDisposable
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(10);

    private readonly string _path;
    private readonly SqliteAppender _appender;
    private readonly SemaphoreSlim _appending = new(1, 1);
    private volatile bool _disposed;

    private SqliteEventStore(string path, SqliteAppender appender)
    {
        _path = path;
        _appender = appender;
    }

    /// <summary>Opens the store in a file, and creates the file when it is missing.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="timeProvider">The clock for <see cref="RecordedEvent.RecordedAt"/>.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The open store.</returns>
    /// <exception cref="EventStoreUnavailableException">The place cannot be written, or the file is no store that this program knows.</exception>
    public static async ValueTask<SqliteEventStore> OpenAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(timeProvider);
        var fullPath = Path.GetFullPath(path);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new SqliteEventStore(fullPath, new SqliteAppender(OpenSession(fullPath), timeProvider));
            }
            catch (EventStoreUnavailableException e)
                when (e.Code == EventStoreUnavailableException.Busy && Stopwatch.GetElapsedTime(started) < SqliteSession.BusyTimeout)
            {
                // Of several that switch a new file to the write-ahead log, SQLite turns all but one away at once, lest they wait for each other.
                await Task.Delay(OpenRetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Appends events to one stream, all or none.</summary>
    /// <param name="append">The stream, the version it must have, and the events.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The place of the events. Events that are in the store already, all of them and with the same content, give the answer they got the first time.</returns>
    /// <exception cref="StreamVersionConflictException">The stream is not at the expected version.</exception>
    /// <exception cref="DuplicateEventException">The id of an event is taken.</exception>
    /// <exception cref="ArgumentException">A name or an event is empty, malformed or too large.</exception>
    public ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken = default) =>
        AppendAsync([append], cancellationToken);

    /// <summary>Appends events to several streams, all or none. A stream may be named more than once; its appends follow each other.</summary>
    /// <param name="appends">The streams, the versions they must have, and the events.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The place of the events. Events that are in the store already, all of them and with the same content, give the answer they got the first time.</returns>
    /// <exception cref="StreamVersionConflictException">A stream is not at the expected version.</exception>
    /// <exception cref="DuplicateEventException">The id of an event is taken.</exception>
    /// <exception cref="ArgumentException">A name or an event is empty, malformed or too large.</exception>
    public async ValueTask<AppendResult> AppendAsync(IReadOnlyList<StreamAppend> appends, CancellationToken cancellationToken = default)
    {
        AppendRules.Check(appends);
        await _appending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _appender.Append(appends);
        }
        finally
        {
            _appending.Release();
        }
    }

    /// <summary>Closes the file when the append that is under way is done.</summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _appending.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            CloseIdleReaders();
            _appender.Dispose();
        }
        finally
        {
            // The semaphore lives on: callers that wait for it must learn that the store is closed.
            _appending.Release();
        }
    }

    private static SqliteSession OpenSession(string path)
    {
        var session = SqliteSession.Open(path, create: true);
        try
        {
            SqliteSchema.Ensure(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
