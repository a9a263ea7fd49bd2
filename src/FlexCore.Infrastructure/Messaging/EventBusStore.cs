using System.Data.Common;
using FlexCore.Domain.Errors;
using FlexCore.EventStore.Sqlite;
using FlexCore.Infrastructure.Resilience;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>What a bus has to remember, whatever brings its events: which of them each group has handled, and those that it could not handle. In a database of SQLite or PostgreSQL, in tables of its own.</summary>
public sealed class EventBusStore : IAsyncDisposable
{
    private const int LongestReason = 1000;

    /// <summary>How long it is remembered that an event was handled: one that comes again after that is handled again.</summary>
    private static readonly TimeSpan HandledFor = TimeSpan.FromDays(7);

    private static readonly TimeSpan BetweenForgetting = TimeSpan.FromHours(1);

    private readonly Func<DbConnection> _connect;
    private readonly TimeProvider _time;
    private readonly IAsyncDisposable? _owned;
    private readonly Once _made;
    private long _forgotAt;

    private EventBusStore(Func<DbConnection> connect, IAsyncDisposable? owned, string bytes, string before, TimeProvider time)
    {
        (_connect, _owned, _time) = (connect, owned, time);
        var schema =
            $"""
            {before}
            CREATE TABLE IF NOT EXISTS bus_handled (receiver TEXT NOT NULL, event TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (receiver, event));
            CREATE INDEX IF NOT EXISTS bus_handled_by_time ON bus_handled (at);
            CREATE TABLE IF NOT EXISTS bus_dead (
                id TEXT PRIMARY KEY, at BIGINT NOT NULL, topic TEXT NOT NULL, receiver TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, body {bytes} NOT NULL, replayed_at BIGINT);
            """;
        _made = new Once(async token =>
        {
            await using var connection = _connect();
            await connection.OpenAsync(token);
            await ExecuteAsync(connection, schema, token);
        });
    }

    /// <summary>In a file, which is made when there is none. Several processes may share it.</summary>
    public static EventBusStore OnSqlite(string file, TimeProvider time)
    {
        SystemSqlite.EnsureLoaded();
        var connection = new SqliteConnectionStringBuilder { DataSource = file }.ToString();
        return new EventBusStore(() => new SqliteConnection(connection), owned: null, "BLOB", "PRAGMA journal_mode = WAL;", time);
    }

    /// <summary>In a database of PostgreSQL.</summary>
    /// <param name="connection">As Npgsql takes it.</param>
    /// <param name="time">The clock.</param>
    public static EventBusStore OnPostgres(string connection, TimeProvider time)
    {
        var source = NpgsqlDataSource.Create(connection);

        // Two that make tables at once would both find that they are missing.
        return new EventBusStore(source.CreateConnection, source, "BYTEA", "SELECT pg_advisory_xact_lock(hashtext('flexcore bus'));", time);
    }

    /// <summary>Whether a group has handled an event already.</summary>
    public ValueTask<bool> IsHandledAsync(string topic, string group, string id, CancellationToken cancellationToken) => UseAsync(
        async connection => await ScalarAsync(connection, "SELECT 1 FROM bus_handled WHERE receiver = @receiver AND event = @event", cancellationToken, ("receiver", ReceiverOf(topic, group)), ("event", id)) is not null,
        cancellationToken);

    /// <summary>Remembers that a group has handled an event, for seven days.</summary>
    public async ValueTask AddHandledAsync(string topic, string group, string id, CancellationToken cancellationToken) => await UseAsync(
        async connection =>
        {
            var now = _time.GetUtcNow();
            await ExecuteAsync(
                connection, "INSERT INTO bus_handled VALUES (@receiver, @event, @at) ON CONFLICT DO NOTHING", cancellationToken,
                ("receiver", ReceiverOf(topic, group)), ("event", id), ("at", now.ToUnixTimeMilliseconds()));
            var forgotAt = Interlocked.Read(ref _forgotAt);
            if (now.Ticks - forgotAt < BetweenForgetting.Ticks || Interlocked.CompareExchange(ref _forgotAt, now.Ticks, forgotAt) != forgotAt) return 0;
            return await ExecuteAsync(connection, "DELETE FROM bus_handled WHERE at < @before", cancellationToken, ("before", (now - HandledFor).ToUnixTimeMilliseconds()));
        },
        cancellationToken);

    /// <summary>Puts an event aside.</summary>
    /// <returns>Its name here.</returns>
    public async ValueTask<Guid> AddDeadAsync(string topic, string group, int attempts, string reason, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(_time.GetUtcNow());
        await UseAsync(
            connection => ExecuteAsync(
                connection, "INSERT INTO bus_dead VALUES (@id, @at, @topic, @receiver, @attempts, @reason, @body, NULL)", cancellationToken,
                ("id", id.ToString()), ("at", _time.GetUtcNow().ToUnixTimeMilliseconds()), ("topic", topic), ("receiver", group), ("attempts", attempts),
                ("reason", reason.Length > LongestReason ? reason[..LongestReason] : reason), ("body", body.ToArray())),
            cancellationToken);
        return id;
    }

    /// <summary>Lists dead events, the oldest first.</summary>
    public ValueTask<IReadOnlyList<DeadEvent>> ListDeadAsync(DeadEventQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, 1000, nameof(query));
        return ReadDeadAsync(
            "id > @after AND (@topic = '' OR topic = @topic) AND (@receiver = '' OR receiver = @receiver) ORDER BY id LIMIT @limit", cancellationToken,
            ("after", query.After?.ToString() ?? ""), ("topic", query.Topic ?? ""), ("receiver", query.Group ?? ""), ("limit", query.Limit));
    }

    /// <summary>A dead event; null where there is none of that name.</summary>
    public async ValueTask<DeadEvent?> FindDeadAsync(Guid id, CancellationToken cancellationToken) => await ReadDeadAsync("id = @id", cancellationToken, ("id", id.ToString())) is [var found] ? found : null;

    /// <summary>Remembers that a dead event was handed to its group again.</summary>
    public async ValueTask SetReplayedAsync(Guid id, CancellationToken cancellationToken) => await UseAsync(
        connection => ExecuteAsync(connection, "UPDATE bus_dead SET replayed_at = @at WHERE id = @id", cancellationToken, ("id", id.ToString()), ("at", _time.GetUtcNow().ToUnixTimeMilliseconds())), cancellationToken);

    /// <summary>Throws a dead event away.</summary>
    /// <returns>Whether there was one of that name.</returns>
    public async ValueTask<bool> DiscardDeadAsync(Guid id, CancellationToken cancellationToken) =>
        await UseAsync(connection => ExecuteAsync(connection, "DELETE FROM bus_dead WHERE id = @id", cancellationToken, ("id", id.ToString())), cancellationToken) > 0;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? default;

    // A topic has no space in it.
    private static string ReceiverOf(string topic, string group) => $"{topic} {group}";

    private ValueTask<IReadOnlyList<DeadEvent>> ReadDeadAsync(string condition, CancellationToken cancellationToken, params (string, object)[] parameters) => UseAsync<IReadOnlyList<DeadEvent>>(
        async connection =>
        {
            await using var command = Command(connection, $"SELECT id, at, topic, receiver, attempts, reason, body, replayed_at FROM bus_dead WHERE {condition}", parameters);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<DeadEvent>();
            while (await rows.ReadAsync(cancellationToken))
            {
                found.Add(new DeadEvent(
                    Guid.Parse(rows.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1)), rows.GetString(2), rows.GetString(3), rows.GetInt32(4), rows.GetString(5),
                    rows.GetFieldValue<byte[]>(6), await rows.IsDBNullAsync(7, cancellationToken) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(7))));
            }

            return found;
        },
        cancellationToken);

    private async ValueTask<T> UseAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await _made.DoneAsync(cancellationToken);
            await using var connection = _connect();
            await connection.OpenAsync(cancellationToken);
            return await work(connection);
        }
        catch (DbException e)
        {
            throw new FlexCoreException(new Error(CodeOf(e), $"what the event bus keeps cannot be read or written: {e.Message}"), e);
        }
    }

    private static ErrorCode CodeOf(DbException failure) => failure switch
    {
        SqliteException local => local.Code(),
        PostgresException { IsTransient: false } => ErrorCodes.StoreUnusable,
        _ => ErrorCodes.StoreUnavailable,
    };

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken cancellationToken, params (string, object)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task<int> ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellationToken, params (string, object)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static DbCommand Command(DbConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
