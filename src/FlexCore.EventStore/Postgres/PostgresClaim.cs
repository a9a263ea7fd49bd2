using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlexCore.EventStore.Subscriptions;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>
/// A lock of a session, on a connection of its own: the server lets go of it when the connection ends, and we hear of that at once, as we wait on
/// the connection for nothing else.
/// </summary>
internal sealed class PostgresClaim : IClaim
{
    /// <summary>How often one who waits asks. A statement that waits in the server instead would keep it from cleaning up.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly NpgsqlConnection _connection;
    private readonly CancellationTokenSource _done = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _watching;

    private PostgresClaim(NpgsqlConnection connection, long epoch, long position)
    {
        _connection = connection;
        (Epoch, Position) = (epoch, position);
        _watching = Task.Run(WatchAsync);
    }

    public long Epoch { get; }

    public long Position { get; }

    public CancellationToken Lost => _lost.Token;

    internal static async ValueTask<PostgresClaim> TakeAsync(PostgresDatabase database, string name, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var connection = await database.ConnectAloneAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var key = Key(database.Schema, name);
            while (!await TryLockAsync(connection, key, cancellationToken).ConfigureAwait(false)) await Task.Delay(Interval, timeProvider, cancellationToken).ConfigureAwait(false);
            var (epoch, position) = await BeginEpochAsync(connection, name, timeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            return new PostgresClaim(connection, epoch, position);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);

        // Not pooled: the session ends, and its lock with it.
        await _connection.DisposeAsync().ConfigureAwait(false);
        _done.Dispose();
        _lost.Dispose();
    }

    /// <summary>The space of locks is the database's, and that of one number is not the one of the log's locks, which have two.</summary>
    private static long Key(string schema, string name) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"flexcore subscription\0{schema}\0{name}")));

    private static async ValueTask<bool> TryLockAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = key } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>On the connection that has the lock: so whoever gets a higher epoch has had the lock later.</summary>
    private static async ValueTask<(long Epoch, long Position)> BeginEpochAsync(NpgsqlConnection connection, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            INSERT INTO subscriptions AS s (name, position, epoch, updated_at) VALUES ($1, 0, 1, $2)
            ON CONFLICT (name) DO UPDATE SET epoch = s.epoch + 1, updated_at = excluded.updated_at RETURNING epoch, position
            """;
        using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = name }, new() { Value = now.UtcDateTime } } };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var claim = (reader.GetInt64(0), reader.GetInt64(1));

        // The row comes before the commit.
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return claim;
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true) await _connection.WaitAsync(_done.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_done.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // Whatever it is, it is no longer sure that the server holds the lock for us.
        catch
#pragma warning restore CA1031
        {
            await _lost.CancelAsync().ConfigureAwait(false);
        }
    }
}
