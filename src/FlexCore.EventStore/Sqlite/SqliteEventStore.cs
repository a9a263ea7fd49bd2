using System.Data.Common;
using System.Diagnostics;
using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Import;
using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Sqlite;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore;

/// <summary>
/// An event store in one SQLite file. Any number of threads may use one object, and any number of processes may open one file on a local disk.
/// </summary>
/// <remarks>SQLite works on the calling thread; the methods are asynchronous where they wait for each other.</remarks>
public sealed partial class SqliteEventStore : IEventStore
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(10);

    private readonly string _path;
    private readonly string? _archiveFolder;
    private readonly LogArchive _archive;
    private readonly SqliteLogWriter _writer;
    private readonly GroupCommit _appends;
    private readonly LogSignal _waiting;
    private readonly SqliteSignal _signal;
    private readonly SqliteSubscriptions _subscriptions;
    private readonly SqliteViews _views;
    private readonly SqliteTables _tables;
    private readonly SqliteSubjectKeys _keys;
    private readonly TimeProvider _timeProvider;
    private volatile bool _disposed;

    private SqliteEventStore(string path, SqliteSession session, TimeProvider timeProvider, string? archiveFolder)
    {
        (_path, _timeProvider, _archiveFolder) = (path, timeProvider, archiveFolder);
        _waiting = new LogSignal(timeProvider);
        _signal = new SqliteSignal(path, _waiting);
        _archive = new LogArchive(archiveFolder, this);
        _writer = new SqliteLogWriter(session, _archive, timeProvider);
        _appends = new GroupCommit(_writer, _signal.Raise);
        _views = new SqliteViews(path);
        _tables = new SqliteTables(path);
        _keys = new SqliteSubjectKeys(path);
        _subscriptions = new SqliteSubscriptions(path, timeProvider);
        History = new LogHistory(this, this, this);
    }

    /// <summary>Opens the store in a file, and creates the file when it is missing.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="timeProvider">The clock for <see cref="RecordedEvent.RecordedAt"/>.</param>
    /// <param name="archiveFolder">Where the events are, or shall go, that leave the file; null for a store of which none have left.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>The open store.</returns>
    /// <exception cref="EventStoreUnavailableException">The place cannot be written, or the file is no store that this program knows.</exception>
    public static async ValueTask<SqliteEventStore> OpenAsync(
        string path, TimeProvider timeProvider, string? archiveFolder = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(timeProvider);
        var fullPath = Path.GetFullPath(path);
        var (session, _) = await OpenSessionAsync(fullPath, cancellationToken).ConfigureAwait(false);
        try
        {
            return new SqliteEventStore(fullPath, session, timeProvider, archiveFolder);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Brings the schema of a store to the version that this program knows, as opening it does too. Of several that try at once one works and the others wait.</summary>
    /// <param name="path">The file; created when it is missing.</param>
    /// <param name="cancellationToken">Looked at before the work starts.</param>
    /// <returns>What was applied, by name.</returns>
    /// <exception cref="EventStoreUnavailableException">As <see cref="OpenAsync"/>.</exception>
    public static async ValueTask<IReadOnlyList<string>> MigrateAsync(string path, CancellationToken cancellationToken = default)
    {
        var (session, applied) = await OpenSessionAsync(Path.GetFullPath(path), cancellationToken).ConfigureAwait(false);
        session.Dispose();
        return applied;
    }

    /// <summary>Says where the schema of a store stands, and changes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What there is, and what would be applied.</returns>
    public static SchemaStatus GetSchemaStatus(string path)
    {
        var fullPath = Path.GetFullPath(path);
        if (!File.Exists(fullPath)) return SqliteSchema.GetStatusOfNothing(fullPath);
        using var session = SqliteSession.Open(fullPath, create: false);
        return SqliteSchema.GetStatus(session);
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(IReadOnlyList<StreamAppend> appends, IReadOnlyList<TableChange> changes, CancellationToken cancellationToken = default) =>
        _appends.AppendAsync(appends, changes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> ImportAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken = default) =>
        new LogImport(this, (batch, _) =>
        {
            // A session of its own: the writer's is busy with appends, which wait for this one's commit.
            using var session = SqliteSession.Open(_path, create: false);
            SqliteImport.Write(session, batch);
            _signal.Raise();
            return ValueTask.CompletedTask;
        }).RunAsync(events, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WaitForEventsAsync(long afterPosition, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _signal.Listen();
        return _waiting.WaitAsync(async () => await GetLastPositionAsync(cancellationToken).ConfigureAwait(false) > afterPosition, cancellationToken);
    }

    /// <inheritdoc/>
    public EventSubscription Subscribe(SubscriptionOptions options, Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> handler)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventSubscription(options, handler, this, _subscriptions, _timeProvider);
    }

    /// <inheritdoc/>
    public EventProjection Project(Projection projection)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventProjection(projection, this, _views, _subscriptions, _timeProvider);
    }

    /// <inheritdoc/>
    public ValueTask<DbConnection> OpenViewsAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _views.OpenAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DbConnection> OpenTablesAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tables.OpenAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<T> UseTablesAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tables.UseAsync(work, cancellationToken);
    }

    /// <summary>Closes the file when the appends that are under way are done.</summary>
    /// <returns>A task that ends when the file is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _appends.CloseAsync().ConfigureAwait(false);
        CloseIdleReaders();
        _writer.Dispose();
        _subscriptions.Dispose();
        _views.Dispose();
        _tables.Dispose();
        _keys.Dispose();
        _signal.Dispose();
    }

    private static async ValueTask<(SqliteSession Session, IReadOnlyList<string> Applied)> OpenSessionAsync(string path, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return OpenSession(path);
            }
            catch (EventStoreUnavailableException e)
                when (e.Code == EventStoreUnavailableException.Busy && Stopwatch.GetElapsedTime(started) < SqliteSession.BusyTimeout)
            {
                // Of several that switch a new file to the write-ahead log, SQLite turns all but one away at once, lest they wait for each other.
                await Task.Delay(OpenRetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static (SqliteSession Session, IReadOnlyList<string> Applied) OpenSession(string path)
    {
        var session = SqliteSession.Open(path, create: true);
        try
        {
            return (session, SqliteSchema.Ensure(session));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
