using System.Data.Common;
using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore;

/// <summary>A log of immutable events in named streams. Any number of threads may use one object, any number of processes one store.</summary>
/// <remarks>
/// <para>An append that has returned is durable: it survives the death of the process, of the database and the loss of power.</para>
/// <para>Positions are 1, 2, 3, … in the order of commits: a reader who has seen a position has seen, or can see, everything before it, for ever.</para>
/// <para>Every method throws <see cref="EventStoreUnavailableException"/> when the store cannot be used, and when what it needs lies in a file of the archive that is not there.</para>
/// </remarks>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>
    /// Appends events to streams and changes tables of the caller's own in the database of the log, all or none. A stream may be named more than once; its appends follow each other.
    /// </summary>
    /// <param name="appends">The streams, the versions they must have, and the events.</param>
    /// <param name="changes">What is changed in the same transaction, after the events, in this order; nothing when the events are in the store already.</param>
    /// <param name="cancellationToken">Looked at until the work starts: an append is not given up half way.</param>
    /// <returns>The place of the events. Events that are in the store already, all of them and with the same content, give the answer they got the first time.</returns>
    /// <exception cref="StreamVersionConflictException">A stream is not at the expected version.</exception>
    /// <exception cref="StreamTombstonedException">A stream has been closed for good.</exception>
    /// <exception cref="DuplicateEventException">The id of an event is taken.</exception>
    /// <exception cref="TableChangeRefusedException">A change did not find the row that it must, or broke a rule of its table.</exception>
    /// <exception cref="ArgumentException">A name or an event is empty, malformed or too large.</exception>
    ValueTask<AppendResult> AppendAsync(IReadOnlyList<StreamAppend> appends, IReadOnlyList<TableChange> changes, CancellationToken cancellationToken = default);

    /// <summary>Takes over the log of another store: each event with the position, version, id and time that it has there.</summary>
    /// <param name="events">The whole log from position 1 on. What the store has of it already is compared and passed over, so that an import that was cut off can be done again.</param>
    /// <param name="cancellationToken">Gives the import up; what has been taken over stays.</param>
    /// <returns>How many events were taken over.</returns>
    /// <exception cref="LogMismatchException">An event does not follow on those before it, or the store has others.</exception>
    /// <exception cref="ArgumentException">A name or an event is empty, malformed or too large.</exception>
    ValueTask<long> ImportAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken = default);

    /// <summary>Reads events of a stream, oldest first.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="fromVersion">The version to begin with.</param>
    /// <param name="maxCount">How many events to read at most.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The events as they were at one moment; none when the stream does not exist.</returns>
    ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string streamId, long fromVersion = 1, int maxCount = int.MaxValue, CancellationToken cancellationToken = default);

    /// <summary>Reads several streams at once: with a server, in one round trip.</summary>
    /// <param name="streamIds">The streams, each named once.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The events of each stream oldest first, in the order of the question; none of a stream that does not exist.</returns>
    ValueTask<IReadOnlyList<IReadOnlyList<RecordedEvent>>> ReadStreamsAsync(IReadOnlyList<string> streamIds, CancellationToken cancellationToken = default);

    /// <summary>Reads events of a stream, newest first.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="fromVersion">The highest version to read.</param>
    /// <param name="maxCount">How many events to read at most.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The events as they were at one moment; none when the stream does not exist.</returns>
    ValueTask<IReadOnlyList<RecordedEvent>> ReadStreamBackwardsAsync(
        string streamId, long fromVersion = long.MaxValue, int maxCount = int.MaxValue, CancellationToken cancellationToken = default);

    /// <summary>Reads events of all streams in the order of their positions.</summary>
    /// <param name="afterPosition">The position that was read last, 0 to begin.</param>
    /// <param name="maxCount">How many events to read at most.</param>
    /// <param name="filter">Which events to read.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The events as they were at one moment. No event will ever appear before one that has been read.</returns>
    ValueTask<IReadOnlyList<RecordedEvent>> ReadLogAsync(
        long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Lists the streams of a category by id in descending ordinal order, so that ids which grow with time come newest first.</summary>
    /// <param name="category">The category: what precedes the first hyphen of the streams' ids.</param>
    /// <param name="before">The last id of the page before, or null for the first page.</param>
    /// <param name="maxCount">How many streams to list at most.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The ids of the streams.</returns>
    ValueTask<IReadOnlyList<string>> ListStreamsAsync(
        string category, string? before, int maxCount, CancellationToken cancellationToken = default);

    /// <summary>The position of the last event, 0 when the log is empty.</summary>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The position.</returns>
    ValueTask<long> GetLastPositionAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until somebody, in this process or another, may have appended events after a position. Costs the store nothing while nobody does.</summary>
    /// <param name="afterPosition">The position that was read last.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    /// <returns>A task that ends when it is worth reading again; it may end too early, and never later than after some seconds.</returns>
    ValueTask WaitForEventsAsync(long afterPosition, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves the beginning of the log out of the database into files of the archive's folder, in parts of up to 100,000 events. Everything reads them as before, only slower, and what
    /// is appended goes on behind them. Appends wait while a part leaves.
    /// </summary>
    /// <param name="upToPosition">The last event to leave. The last event of the log stays in any case.</param>
    /// <param name="cancellationToken">Gives it up; what has left stays in the archive.</param>
    /// <returns>What has left.</returns>
    /// <exception cref="InvalidOperationException">The store was opened without a folder for its archive.</exception>
    /// <exception cref="InvalidDataException">An event is missing: somebody has changed the database.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    ValueTask<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upToPosition, CancellationToken cancellationToken = default);

    /// <summary>Makes a durable subscription, which does nothing until it is started.</summary>
    /// <param name="options">Its name and how it reads.</param>
    /// <param name="handler">Gets one event at a time; what it throws makes that event be tried again and in the end be parked.</param>
    /// <returns>The subscription, to be disposed before the store.</returns>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    EventSubscription Subscribe(SubscriptionOptions options, Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> handler);

    /// <summary>Makes what keeps a projection's views, which does nothing until it is started.</summary>
    /// <param name="projection">How events are folded.</param>
    /// <returns>The keeper of the views, to be disposed before the store.</returns>
    EventProjection Project(Projection projection);

    /// <summary>Makes what seals and signs the log, which does nothing until it is started.</summary>
    /// <param name="options">The key, and when to sign.</param>
    /// <returns>To be disposed before the store.</returns>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    EventCheckpoints SignCheckpoints(CheckpointOptions options);

    /// <summary>The tree over the log, which proves what the history was.</summary>
    LogHistory History { get; }

    /// <summary>Gives what protects, reveals and erases personal data in this store.</summary>
    /// <param name="masterKey">32 random bytes that lie elsewhere than the store: all keys of subjects are wrapped under them. Always the same ones for one store.</param>
    /// <returns>It works as long as the store is open.</returns>
    /// <exception cref="ArgumentException">It is not of 32 bytes.</exception>
    PersonalData OpenPersonalData(ReadOnlySpan<byte> masterKey);

    /// <summary>Connects to the database that has the views, to read them.</summary>
    /// <param name="cancellationToken">Gives the connecting up.</param>
    /// <returns>The open connection, of Npgsql or Microsoft.Data.Sqlite.</returns>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    ValueTask<DbConnection> OpenViewsAsync(CancellationToken cancellationToken = default);

    /// <summary>Connects to the database of the log itself, for tables of the caller's own there. The log's tables are not the caller's.</summary>
    /// <param name="cancellationToken">Gives the connecting up.</param>
    /// <returns>The open connection, of Npgsql with the schema of the log first, or of Microsoft.Data.Sqlite.</returns>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    ValueTask<DbConnection> OpenTablesAsync(CancellationToken cancellationToken = default);

    /// <summary>Does some work on such a connection. When that is lost, it is done again on another one, for some seconds: so it must be such that it can be repeated.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="work">What is done; the connection is closed behind it.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>What the work gives.</returns>
    ValueTask<T> UseTablesAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken = default);
}
