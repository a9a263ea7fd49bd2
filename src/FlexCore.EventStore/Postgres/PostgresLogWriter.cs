using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The one writer of a store object, on a connection of its own: a batch is one statement, and one round trip when it is known where its streams end.</summary>
internal sealed class PostgresLogWriter(PostgresDatabase database, LogArchive archive, TimeProvider timeProvider) : ILogWriter, IAsyncDisposable
{
    // A client that stops in the middle must not keep the others waiting.
    private const string BeginWithLock = $"""
        BEGIN; SET LOCAL idle_in_transaction_session_timeout = '5s';
        SELECT pg_advisory_xact_lock({PostgresDatabase.LogLock})
        """;

    private readonly KnownEnd _end = new();
    private NpgsqlConnection? _connection;
    private InsertNext? _next;
    private AppendEvents? _any;
    private bool _wasRefused;

    public ValueTask<(long? Position, IReadOnlyList<StreamHead> Heads)> TryWriteAsync(AppendBatch batch) =>
        database.RepeatAsync(
            async token =>
            {
                try
                {
                    var connection = _connection ??= await database.ConnectAsync(token).ConfigureAwait(false);
                    return await PostgresDatabase.UseAsync(connection, () => TryWriteAsync(connection, batch, token)).ConfigureAwait(false);
                }
                catch
                {
                    await CloseAsync().ConfigureAwait(false);
                    throw;
                }
            },
            CancellationToken.None);

    public async ValueTask<IReadOnlyDictionary<Guid, RecordedEvent>> FindAsync(AppendBatch batch)
    {
        Guid[] ids = [.. batch.Events.Select(item => item.Data.Id)];
        var found = await database.DoAsync((connection, token) => PostgresReads.FindAsync(connection, ids, token), CancellationToken.None).ConfigureAwait(false);
        var archived = await database.DoAsync((connection, token) => PostgresArchive.IdsAsync(connection, ids, token), CancellationToken.None).ConfigureAwait(false);
        await archive.FindAsync(found, archived, ids, CancellationToken.None).ConfigureAwait(false);
        return found;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask<(long? Position, IReadOnlyList<StreamHead> Heads)> TryWriteAsync(NpgsqlConnection connection, AppendBatch batch, CancellationToken cancellationToken)
    {
        // Somebody else has come between the look at the streams and the commit: this time nobody can.
        var locks = _wasRefused;
        if (locks)
        {
            await PostgresDatabase.ExecuteAsync(connection, BeginWithLock, cancellationToken).ConfigureAwait(false);
            _end.Forget();
        }

        var written = await WriteAsync(connection, batch, cancellationToken).ConfigureAwait(false);
        if (locks) await PostgresDatabase.ExecuteAsync(connection, written is null ? "ROLLBACK" : "COMMIT", cancellationToken).ConfigureAwait(false);
        _wasRefused = written is null;
        if (written is { } answer) return answer;
        _end.Forget();
        return (null, await HeadsAsync(connection, batch, known: null, cancellationToken).ConfigureAwait(false));
    }

    /// <returns>Null when it does not fit, by what was known or by the table's keys.</returns>
    private async ValueTask<(long? Position, IReadOnlyList<StreamHead> Heads)?> WriteAsync(NpgsqlConnection connection, AppendBatch batch, CancellationToken cancellationToken)
    {
        var heads = await HeadsAsync(connection, batch, KnownHeads(batch), cancellationToken).ConfigureAwait(false);
        var archived = _end.Archived!.Value;
        if (!batch.Fits(heads) || await archive.HasAnyAsync(batch, archived).ConfigureAwait(false)) return null;
        var now = timeProvider.GetUtcNow();
        var hashes = batch.Hash(heads, now);
        long? position;
        if (batch.HasChanges)
        {
            position = await AppendWithChanges.TryAsync(connection, batch, heads, hashes, archived.Position, now.UtcDateTime, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            position = _end.NextPosition is { } next && batch is { Events.Count: 1, Streams.Count: 1 }
                && await (_next ??= new InsertNext(connection)).TryAsync(batch, next, heads[0].Version + 1, hashes[0], archived.Position, now.UtcDateTime, cancellationToken).ConfigureAwait(false)
                ? next - 1
                : await (_any ??= new AppendEvents(connection)).TryAsync(batch, heads, hashes, archived.Position, now.UtcDateTime, cancellationToken).ConfigureAwait(false);
        }

        if (position is not { } before) return null;
        _end.Follow(batch, before, heads, hashes);
        return (before, heads);
    }

    /// <summary>Where the streams of a batch end. What has left is read first: if more leaves behind it, the write is refused.</summary>
    private async ValueTask<StreamHead[]> HeadsAsync(NpgsqlConnection connection, AppendBatch batch, StreamHead[]? known, CancellationToken cancellationToken)
    {
        var archived = _end.Archived ??= await PostgresArchive.EndAsync(connection, cancellationToken).ConfigureAwait(false);
        var heads = known ?? await PostgresReads.HeadsAsync(connection, batch.Streams, cancellationToken).ConfigureAwait(false);
        await archive.CompleteAsync(heads, batch, archived).ConfigureAwait(false);
        return heads;
    }

    private StreamHead[]? KnownHeads(AppendBatch batch)
    {
        var heads = new StreamHead[batch.Streams.Count];
        for (var stream = 0; stream < heads.Length; stream++)
        {
            if (_end.Find(batch.Streams[stream], batch.Required[stream]) is not { } head) return null;
            heads[stream] = head;
        }

        return heads;
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is null) return;

        // Behind the next connection there may be another server.
        _end.Forget();
        _next?.Dispose();
        _any?.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        (_connection, _next, _any) = (null, null, null);
    }
}
