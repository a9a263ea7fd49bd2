using FlexCore.Application.Ports;
using Npgsql;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Locks as rows of the log's database, with leases by its clock. Within the data directory lock files decide first: see <see cref="FileRunLocks"/>.</summary>
/// <param name="tables">Those beside the log.</param>
/// <param name="files">The locks of this data directory.</param>
/// <param name="lease">How long a process that is not heard of keeps a lock.</param>
/// <param name="time">The clock by which to renew.</param>
internal sealed class PostgresRunLocks(PostgresTables tables, FileRunLocks files, TimeSpan lease, TimeProvider time) : IRunLocks, ILeases
{
    public async ValueTask<IRunLock?> TryAcquireAsync(string pipeline, CancellationToken cancellationToken)
    {
        if (await files.TryAcquireAsync(pipeline, cancellationToken) is not { } local) return null;
        try
        {
            var asked = time.GetTimestamp();
            if (await TakeAsync(pipeline, lease, cancellationToken) is { } taken) return new LeasedRunLock(local, taken, this, lease, asked, time);
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }

        await local.DisposeAsync();
        return null;
    }

    public async ValueTask<RunLockStatus> LookAsync(string pipeline, CancellationToken cancellationToken) =>
        await tables.FindAsync(
            "SELECT expires_at > clock_timestamp(), run_id FROM run_locks WHERE pipeline = $1",
            row => new RunLockStatus(row.GetBoolean(0), LastRun(row)),
            cancellationToken,
            pipeline) ?? new RunLockStatus(IsHeld: false, LastRun: null);

    /// <summary>Takes a lock whose lock file this process has.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="forTime">How long it holds here.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Null when another place has it.</returns>
    public ValueTask<TakenLock?> TakeAsync(string pipeline, TimeSpan forTime, CancellationToken cancellationToken) => tables.FindAsync(
        """
        INSERT INTO run_locks AS l (pipeline, token, place, expires_at) VALUES ($1, 1, $2, clock_timestamp() + $3)
        ON CONFLICT (pipeline) DO UPDATE SET token = l.token + 1, place = excluded.place, expires_at = excluded.expires_at
            WHERE l.expires_at <= clock_timestamp() OR l.place = excluded.place
        RETURNING token, run_id
        """,
        row => new TakenLock(row.GetInt64(0), LastRun(row)),
        cancellationToken,
        pipeline, files.Place, forTime);

    // As long as nobody has taken it, it is still the one's who had it, late or not.
    public async ValueTask<bool> RenewAsync(string pipeline, long token, CancellationToken cancellationToken) =>
        await tables.FindAsync(
            "UPDATE run_locks SET expires_at = clock_timestamp() + $3 WHERE pipeline = $1 AND token = $2 RETURNING pipeline", row => row.GetString(0), cancellationToken, pipeline, token, lease) is not null;

    public async ValueTask ReleaseAsync(string pipeline, long token) => await tables.FindAsync(
        "UPDATE run_locks SET expires_at = clock_timestamp() WHERE pipeline = $1 AND token = $2 RETURNING pipeline", row => row.GetString(0), CancellationToken.None, pipeline, token);

    public async ValueTask ClaimAsync(string pipeline, long token, Guid runId, CancellationToken cancellationToken)
    {
        if (await tables.FindAsync("UPDATE run_locks SET run_id = $3 WHERE pipeline = $1 AND token = $2 RETURNING pipeline", row => row.GetString(0), cancellationToken, pipeline, token, runId) is null)
            throw RunQueueRows.LockLost(pipeline);
    }

    /// <summary>Which log this is, among others.</summary>
    public async ValueTask<Guid> GetProjectAsync(CancellationToken cancellationToken) => (Guid)(await tables.FindAsync("SELECT id FROM run_project", row => (object)row.GetGuid(0), cancellationToken))!;

    private static Guid? LastRun(NpgsqlDataReader row) => row.IsDBNull(1) ? null : row.GetGuid(1);
}
