using System.Data.Common;
using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Import;
using FlexCore.EventStore.Postgres;
using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Subscriptions;
using Npgsql;

namespace FlexCore.EventStore;

/// <summary>An event store in one schema of a PostgreSQL database (15 is tested). Any number of threads may use one object, any number of processes one schema.</summary>
/// <remarks>
/// <para>Appends of all processes take turns for the time of a commit, which those of one process share. When the server cannot be reached, a call
/// tries again for 5 seconds: an append that was committed though its answer was lost gets that answer.</para>
/// <para>The connections must reach the server itself, or a pooler in session mode: the store listens on one.</para>
/// </remarks>
public sealed partial class PostgresEventStore : IEventStore
{
    /// <summary>The schema in which the tables are, unless another one is named.</summary>
    public const string DefaultSchema = "flexcore";

    private readonly PostgresDatabase _database;
    private readonly string? _archiveFolder;
    private readonly LogArchive _archive;
    private readonly PostgresLogWriter _writer;
    private readonly GroupCommit _appends;
    private readonly LogSignal _signal;
    private readonly PostgresListener _listener;
    private readonly PostgresViews _views;
    private readonly TimeProvider _timeProvider;
    private volatile bool _disposed;

    private PostgresEventStore(PostgresDatabase database, TimeProvider timeProvider, string? archiveFolder)
    {
        (_database, _timeProvider, _archiveFolder) = (database, timeProvider, archiveFolder);
        _views = new PostgresViews(database);
        _signal = new LogSignal(timeProvider);
        _listener = new PostgresListener(database, _signal, timeProvider);
        _archive = new LogArchive(archiveFolder, this);
        _writer = new PostgresLogWriter(database, _archive, timeProvider);
        _appends = new GroupCommit(_writer, _signal.Raise);
        History = new LogHistory(this, this, this);
    }

    /// <summary>Opens the store, and makes or migrates its tables where needed.</summary>
    /// <param name="connectionString">As Npgsql takes it: <c>Host=…;Database=…;Username=…;Password=…</c>.</param>
    /// <param name="timeProvider">The clock for <see cref="RecordedEvent.RecordedAt"/>.</param>
    /// <param name="schema">The schema for the tables; created when it is missing.</param>
    /// <param name="archiveFolder">Where the events are, or shall go, that leave the database: every process that opens it must see the same; null for a store of which none have left.</param>
    /// <param name="cancellationToken">Gives the opening up.</param>
    /// <returns>The open store.</returns>
    /// <exception cref="EventStoreUnavailableException">The server does not answer or let us in, or the schema is no store that this program knows.</exception>
    public static async ValueTask<PostgresEventStore> OpenAsync(
        string connectionString, TimeProvider timeProvider, string schema = DefaultSchema, string? archiveFolder = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        ArgumentNullException.ThrowIfNull(timeProvider);
        var database = new PostgresDatabase(connectionString, schema, timeProvider);
        try
        {
            await database.DoAsync((connection, token) => PostgresSchema.EnsureAsync(database, connection, token), cancellationToken).ConfigureAwait(false);
            return new PostgresEventStore(database, timeProvider, archiveFolder);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Says where the schema of a store stands, and changes nothing.</summary>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="schema">The schema of the tables.</param>
    /// <param name="cancellationToken">Gives the question up.</param>
    /// <returns>What there is, and what would be applied.</returns>
    public static async ValueTask<SchemaStatus> GetSchemaStatusAsync(string connectionString, string schema = DefaultSchema, CancellationToken cancellationToken = default)
    {
        var database = new PostgresDatabase(connectionString, schema, TimeProvider.System);
        await using var _ = database.ConfigureAwait(false);
        return await database.DoAsync((connection, token) => PostgresSchema.GetStatusAsync(database, connection, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the schema of a store to the version that this program knows, as opening it does too. Of several that try at once one works and the others wait.</summary>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="schema">The schema of the tables; created when it is missing.</param>
    /// <param name="cancellationToken">Gives it up; then nothing is applied.</param>
    /// <returns>What was applied, by name.</returns>
    /// <exception cref="EventStoreUnavailableException">As <see cref="OpenAsync"/>.</exception>
    public static async ValueTask<IReadOnlyList<string>> MigrateAsync(string connectionString, string schema = DefaultSchema, CancellationToken cancellationToken = default)
    {
        var database = new PostgresDatabase(connectionString, schema, TimeProvider.System);
        await using var _ = database.ConfigureAwait(false);
        return await database.DoAsync((connection, token) => PostgresSchema.EnsureAsync(database, connection, token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(IReadOnlyList<StreamAppend> appends, IReadOnlyList<TableChange> changes, CancellationToken cancellationToken = default) =>
        _appends.AppendAsync(appends, changes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> ImportAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken = default) =>
        new LogImport(this, async (batch, token) => await DoAsync((connection, inner) => PostgresImport.WriteAsync(connection, batch, inner), token).ConfigureAwait(false))
            .RunAsync(events, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string streamId, long fromVersion = 1, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount);
        var inTable = await ReadEventsAsync(streamId, 0, (connection, token) => PostgresReads.StreamAsync(connection, streamId, fromVersion, maxCount, token), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamAsync(inTable, streamId, fromVersion, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IReadOnlyList<RecordedEvent>>> ReadStreamsAsync(IReadOnlyList<string> streamIds, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamIds);
        var inTable = await ReadEventsAsync(streamId: null, 0, (connection, token) => PostgresReads.StreamsAsync(connection, streamIds, token), cancellationToken).ConfigureAwait(false);
        var byStream = inTable.ToLookup(item => item.StreamId, StringComparer.Ordinal);
        var streams = new List<IReadOnlyList<RecordedEvent>>(streamIds.Count);
        foreach (var streamId in streamIds)
            streams.Add(await _archive.StreamAsync([.. byStream[streamId]], streamId, 1, int.MaxValue, cancellationToken).ConfigureAwait(false));
        return streams;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamBackwardsAsync(
        string streamId, long fromVersion = long.MaxValue, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(streamId, maxCount);
        var inTable = await ReadEventsAsync(streamId, 0, (connection, token) => PostgresReads.StreamBackwardsAsync(connection, streamId, fromVersion, maxCount, token), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamBackwardsAsync(inTable, streamId, fromVersion, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RecordedEvent>> ReadLogAsync(long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ReadRules.Check(filter.Category ?? "", maxCount);
        ReadRules.Check(filter.Type ?? "", maxCount);
        var inTable = await ReadEventsAsync(streamId: null, afterPosition, (connection, token) => PostgresReads.LogAsync(connection, afterPosition, maxCount, filter, token), cancellationToken).ConfigureAwait(false);
        return await _archive.LogAsync(inTable, afterPosition, maxCount, filter, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListStreamsAsync(string category, string? before, int maxCount, CancellationToken cancellationToken = default)
    {
        ReadRules.Check(category, maxCount);
        var inTable = await DoAsync((connection, token) => PostgresReads.StreamsAsync(connection, category, before, maxCount, token), cancellationToken).ConfigureAwait(false);
        return await _archive.StreamsAsync(inTable, category, before, maxCount, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetLastPositionAsync(CancellationToken cancellationToken = default) => DoAsync(PostgresReads.LastPositionAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WaitForEventsAsync(long afterPosition, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _listener.Start();
        return _signal.WaitAsync(async () => await GetLastPositionAsync(cancellationToken).ConfigureAwait(false) > afterPosition, cancellationToken);
    }

    /// <inheritdoc/>
    public EventSubscription Subscribe(SubscriptionOptions options, Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> handler)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventSubscription(options, handler, this, new PostgresSubscriptions(_database, _timeProvider), _timeProvider);
    }

    /// <inheritdoc/>
    public EventProjection Project(Projection projection)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventProjection(projection, this, _views, new PostgresSubscriptions(_database, _timeProvider), _timeProvider);
    }

    /// <inheritdoc/>
    public ValueTask<DbConnection> OpenViewsAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _views.OpenAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<DbConnection> OpenTablesAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await _database.ConnectAloneAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<T> UseTablesAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken = default) =>
        DoAsync((connection, token) => work(connection, token), cancellationToken);

    /// <summary>Closes the connections when the appends that are under way are done.</summary>
    /// <returns>A task that ends when all is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _appends.CloseAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask<IReadOnlyList<RecordedEvent>> ReadEventsAsync(
        string? streamId, long after, Func<NpgsqlConnection, CancellationToken, ValueTask<IReadOnlyList<RecordedEvent>>> read, CancellationToken cancellationToken) =>
        EventStoreTelemetry.ReadAsync(streamId, after, (Store: this, Read: read, Token: cancellationToken), static from => from.Store.DoAsync(from.Read, from.Token));

    private ValueTask<T> DoAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _database.DoAsync(work, cancellationToken);
    }
}
