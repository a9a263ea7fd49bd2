using System.Security.Cryptography;
using System.Text;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Subscriptions in the store's own file, on a connection that is not the one of the appends. SQLite works on the calling thread.</summary>
internal sealed class SqliteSubscriptions(string path, TimeProvider timeProvider) : ISubscriptionTables, IDisposable
{
    private const int LockedByAnother = 11; // EAGAIN, as the runtime hands it on
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private SqliteSession? _session;
    private bool _disposed;

    public async ValueTask<IClaim> ClaimAsync(string name, CancellationToken cancellationToken)
    {
        FileStream? file;
        while ((file = TryLock(name)) is null) await Task.Delay(Interval, timeProvider, cancellationToken).ConfigureAwait(false);
        try
        {
            var (epoch, position) = Write(session => BeginEpoch(session, name));
            return new SqliteClaim(file, epoch, position);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<long> ReadPositionAsync(string name, CancellationToken cancellationToken) => new(Use(session =>
    {
        using var query = session.Query("SELECT position FROM subscriptions WHERE name = ?1").Bind(1, name);
        return query.Step() ? query.Number(0) : 0;
    }));

    public ValueTask<bool> TryKeepAsync(string name, long epoch, long position, CancellationToken cancellationToken) =>
        new(Write(session => Keep(session, name, epoch, position)));

    public ValueTask<bool> TryParkAsync(string name, long epoch, ParkedEvent parked, CancellationToken cancellationToken) => new(Write(session =>
    {
        if (!Keep(session, name, epoch, parked.Position)) return false;
        const string Sql = "INSERT OR REPLACE INTO parked_events (subscription, position, attempts, error, parked_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        return Execute(session.Query(Sql), name, parked);
    }));

    public ValueTask<IReadOnlyList<ParkedEvent>> ListParkedAsync(string name, long afterPosition, int maxCount, CancellationToken cancellationToken) =>
        new(Use<IReadOnlyList<ParkedEvent>>(session =>
        {
            const string Sql = "SELECT position, attempts, error, parked_at FROM parked_events WHERE subscription = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
            using var query = session.Query(Sql).Bind(1, name).Bind(2, afterPosition).Bind(3, maxCount);
            var parked = new List<ParkedEvent>();
            while (query.Step()) parked.Add(new ParkedEvent(query.Number(0), (int)query.Number(1), query.Text(2), SqliteTime.FromMicroseconds(query.Number(3))));
            return parked;
        }));

    public ValueTask UpdateParkedAsync(string name, ParkedEvent parked, CancellationToken cancellationToken)
    {
        Write(session => Execute(session.Query("UPDATE parked_events SET attempts = ?3, error = ?4, parked_at = ?5 WHERE subscription = ?1 AND position = ?2"), name, parked));
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> RemoveParkedAsync(string name, long position, CancellationToken cancellationToken) => new(Write(session =>
    {
        using (var query = session.Query("DELETE FROM parked_events WHERE subscription = ?1 AND position = ?2").Bind(1, name).Bind(2, position)) query.Step();
        return session.Changes > 0;
    }));

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _session?.Dispose();
            _session = null;
        }
    }

    private FileStream? TryLock(string name)
    {
        var file = $"{path}-subscription-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8))}.lock";
        try
        {
            // With the mode of the store.
            return new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = File.GetUnixFileMode(path) });
        }
        catch (IOException e) when (e.HResult == LockedByAnother)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteFailure.CannotOpen(path, $"'{file}' cannot be written");
        }
    }

    private (long Epoch, long Position) BeginEpoch(SqliteSession session, string name)
    {
        const string Sql = "INSERT INTO subscriptions (name, position, epoch, updated_at) VALUES (?1, 0, 1, ?2) ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1, updated_at = excluded.updated_at";
        using (var claim = session.Query(Sql).Bind(1, name).Bind(2, SqliteTime.ToMicroseconds(timeProvider.GetUtcNow()))) claim.Step();
        using var query = session.Query("SELECT epoch, position FROM subscriptions WHERE name = ?1").Bind(1, name);
        query.Step();
        return (query.Number(0), query.Number(1));
    }

    private bool Keep(SqliteSession session, string name, long epoch, long position)
    {
        using (var query = session.Query("UPDATE subscriptions SET position = ?3, updated_at = ?4 WHERE name = ?1 AND epoch = ?2")
            .Bind(1, name).Bind(2, epoch).Bind(3, position).Bind(4, SqliteTime.ToMicroseconds(timeProvider.GetUtcNow()))) query.Step();
        return session.Changes > 0;
    }

    private static bool Execute(SqliteQuery statement, string name, ParkedEvent parked)
    {
        using var query = statement.Bind(1, name).Bind(2, parked.Position).Bind(3, parked.Attempts).Bind(4, parked.Error).Bind(5, SqliteTime.ToMicroseconds(parked.ParkedAt));
        query.Step();
        return true;
    }

    private T Write<T>(Func<SqliteSession, T> work) => Use(session =>
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            var result = work(session);
            session.Execute("COMMIT");
            return result;
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    });

    private T Use<T>(Func<SqliteSession, T> work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return work(_session ??= SqliteSession.Open(path, create: false));
        }
    }
}
