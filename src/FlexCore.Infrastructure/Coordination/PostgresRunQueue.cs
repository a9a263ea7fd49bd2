using FlexCore.Application.Ports;
using FlexCore.EventStore;
using Npgsql;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>The queue in the log's schema of PostgreSQL. What is more than one statement is a function there, and one round trip: see the migrations.</summary>
internal sealed class PostgresRunQueue : IStoredRunQueue
{
    private const string Columns =
        "run_id, pipeline, priority, CASE WHEN not_before > clock_timestamp() THEN not_before END, labels, key, key_limit, enqueued_at, node, epoch, is_asked_to_stop";

    private readonly PostgresTables _tables;
    private readonly SemaphoreSlim _claiming = new(1);
    private readonly QueueSignal _signal;
    private readonly PostgresQueueListener _listener;
    private readonly RedisQueueSignal? _redis;
    private string _afterKey = "";
    private long _claims;
    private long _knownClaims;

    /// <param name="store">The log.</param>
    /// <param name="tables">Those beside it.</param>
    /// <param name="lease">How long a node that is not heard of keeps its runs.</param>
    /// <param name="time">The clock of those who wait.</param>
    /// <param name="redis">By which others are woken, too; null for none.</param>
    public PostgresRunQueue(IEventStore store, PostgresTables tables, TimeSpan lease, TimeProvider time, BestEffortRedis? redis = null)
    {
        (_tables, Lease) = (tables, lease);
        _signal = new QueueSignal(time);
        _listener = new PostgresQueueListener(store, _signal, time);
        _redis = redis is null ? null : new RedisQueueSignal(redis, _signal);
    }

    public TimeSpan Lease { get; }

    public async ValueTask<TableChange> TranslateAsync(QueueChange change, CancellationToken cancellationToken)
    {
        await _tables.EnsureAsync(cancellationToken);
        return change switch
        {
            QueueChange.Enqueue { Entry: var entry } => new(
                "SELECT run_queue_enqueue($1, $2, $3, $4, $5, $6, $7)",
                [entry.RunId, entry.Pipeline, entry.Priority, entry.NotBefore?.UtcDateTime, RunQueueRows.Join(entry.Labels), entry.Key, entry.Limit]),
            QueueChange.Hold { Claim: var claim } => new(
                "SELECT run_id FROM run_queue WHERE run_id = $1 AND node = $2 AND epoch = $3 FOR SHARE", [claim.RunId, claim.Node, claim.Epoch], MustMatch: true),
            QueueChange.HoldLock { Pipeline: var pipeline, Token: var token } => new("SELECT token FROM run_locks WHERE pipeline = $1 AND token = $2 FOR SHARE", [pipeline, token], MustMatch: true),
            QueueChange.Finish { Claim: var claim } => new("SELECT run_queue_finish($1, $2, $3)", [claim.RunId, claim.Node, claim.Epoch], MustMatch: true),
            QueueChange.Withdraw { RunId: var run } => new("DELETE FROM run_queue WHERE run_id = $1 AND node IS NULL RETURNING run_id", [run], MustMatch: true),
            QueueChange.AskToStop { RunId: var run } => new("SELECT run_queue_ask_to_stop($1)", [run]),
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }

    /// <summary>The server tells everybody in any case.</summary>
    public void Raise(QueueChange change)
    {
        if (change is QueueChange.Enqueue or QueueChange.AskToStop) _redis?.Raise();
    }

    public async ValueTask RegisterAsync(NodeRecord node, CancellationToken cancellationToken) => await _tables.ExecuteAsync(
        """
        INSERT INTO run_nodes (id, name, slots, labels, version, started_at, expires_at, address) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7, $8)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, slots = excluded.slots, labels = excluded.labels, version = excluded.version, started_at = excluded.started_at,
            expires_at = excluded.expires_at, address = excluded.address, is_draining = false, is_lost = false
        """,
        cancellationToken,
        node.Id, node.Name, node.Slots, RunQueueRows.Split(RunQueueRows.Join(node.Labels)), node.Version, node.StartedAt.UtcDateTime, Lease, (object?)node.Address ?? DBNull.Value);

    public async ValueTask<Claimed> ClaimAsync(string node, int capacity, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken);
        try
        {
            // Each attempt has a number: when the answer to one got lost, the next one says what was heard of last, and gets that too.
            var (claim, isKnown) = (0L, false);
            var claimed = await _tables.ReadAsync(
                "SELECT o_is_known, o_run_ids, o_epochs, o_next_due_in, o_after_key FROM run_queue_claim($1, $2, $3, $4, $5, $6)",
                () => [node, capacity, claim = ++_claims, _knownClaims, _afterKey, Lease],
                row =>
                {
                    isKnown = row.GetBoolean(0);
                    _afterKey = row.GetString(4);
                    var claims = row.GetFieldValue<Guid[]>(1).Zip(row.GetFieldValue<long[]>(2), (run, epoch) => new RunClaim(run, node, epoch));
                    return new Claimed([.. claims], row.IsDBNull(3) ? null : TimeSpan.FromSeconds(double.Max(row.GetDouble(3), 0)));
                },
                cancellationToken);
            _knownClaims = claim;
            return isKnown ? claimed[0] : throw RunQueueRows.NodeLost(node);
        }
        finally
        {
            _claiming.Release();
        }
    }

    public async ValueTask<IReadOnlyList<OwnedRun>> RenewAsync(string node, CancellationToken cancellationToken)
    {
        var answer = await _tables.ReadAsync(
            "SELECT o_is_known, o_run_ids, o_epochs, o_stops FROM run_queue_renew($1, $2)",
            row => (
                IsKnown: row.GetBoolean(0),
                Runs: row.GetFieldValue<Guid[]>(1).Zip(row.GetFieldValue<long[]>(2), row.GetFieldValue<bool[]>(3)).Select(run => new OwnedRun(new RunClaim(run.First, node, run.Second), run.Third)).ToList()),
            cancellationToken,
            node, Lease);
        return answer[0].IsKnown ? answer[0].Runs : throw RunQueueRows.NodeLost(node);
    }

    public async ValueTask GiveBackAsync(IReadOnlyList<RunClaim> claims, TimeSpan? pause, CancellationToken cancellationToken)
    {
        foreach (var ofNode in claims.GroupBy(claim => claim.Node))
        {
            await _tables.ExecuteAsync(
                "SELECT run_queue_give_back($1, $2, $3, $4)", cancellationToken, ofNode.Key, ofNode.Select(claim => claim.RunId).ToArray(), ofNode.Select(claim => claim.Epoch).ToArray(), pause);
        }
    }

    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        _listener.Start();
        _redis?.Start();
        await _signal.WaitAsync(atMost, cancellationToken);
    }

    public async ValueTask<long> CountWaitingAsync(CancellationToken cancellationToken) =>
        (await _tables.ReadAsync("SELECT count(*) FROM run_queue WHERE node IS NULL", row => row.GetInt64(0), cancellationToken))[0];

    public async ValueTask<long> CountTakeableAsync(IReadOnlyList<string> labels, CancellationToken cancellationToken) => RunQueueRows.CountTakeable(
        await _tables.ReadAsync(
            """
            SELECT labels, key, min(key_limit), count(*), (SELECT count(*) FROM run_queue AS taken WHERE taken.key = waiting.key AND node IS NOT NULL)
            FROM run_queue AS waiting WHERE node IS NULL AND (not_before IS NULL OR not_before <= clock_timestamp()) GROUP BY labels, key
            """,
            row => new WaitingRuns(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.GetInt64(3), row.GetInt64(4)),
            cancellationToken),
        labels);

    public async ValueTask<IReadOnlyList<QueuedRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellationToken) =>
        await _tables.ReadAsync($"SELECT {Columns} FROM run_queue WHERE $1::text IS NULL OR pipeline = $1 ORDER BY place LIMIT $2", Run, cancellationToken, pipeline, limit);

    public async ValueTask<WaitReason?> ExplainAsync(Guid runId, CancellationToken cancellationToken)
    {
        if (await _tables.ReadAsync($"SELECT {Columns} FROM run_queue WHERE run_id = $1", Run, cancellationToken, runId) is not [var run]) return null;
        var ofItsKey = await _tables.ReadAsync("SELECT run_id FROM run_queue WHERE key = $1 AND node IS NOT NULL ORDER BY run_id", row => row.GetGuid(0), cancellationToken, run.Entry.Key);
        return RunQueueRows.Explain(run, ofItsKey, await ListNodesAsync(cancellationToken));
    }

    public async ValueTask<Guid?> FindUnderWayAsync(string pipeline, CancellationToken cancellationToken) =>
        await _tables.ReadAsync(
            "SELECT run_id FROM run_queue q JOIN run_nodes n ON n.id = q.node WHERE q.node IS NOT NULL AND pipeline = $1 AND NOT is_lost AND expires_at > clock_timestamp() LIMIT 1",
            row => row.GetGuid(0),
            cancellationToken,
            pipeline) is [var run] ? run : null;

    public async ValueTask<bool> DrainAsync(string node, CancellationToken cancellationToken) =>
        await _tables.ExecuteAsync("UPDATE run_nodes SET is_draining = true WHERE id = $1", cancellationToken, node) > 0;

    public async ValueTask LeaveAsync(string node, CancellationToken cancellationToken) => await _tables.ExecuteAsync("SELECT run_queue_leave($1)", cancellationToken, node);

    public async ValueTask<IReadOnlyList<NodeStatus>> ListNodesAsync(CancellationToken cancellationToken) => await _tables.ReadAsync(
        """
        SELECT id, name, slots, labels, version, started_at, NOT is_lost AND expires_at > clock_timestamp(), is_draining, (SELECT count(*) FROM run_queue WHERE node = n.id)::int, address
        FROM run_nodes n ORDER BY name, id
        """,
        row => new NodeStatus(
            new NodeRecord(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetFieldValue<string[]>(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(9) ? null : row.GetString(9)),
            row.GetBoolean(6), row.GetBoolean(7), row.GetInt32(8)),
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        _claiming.Dispose();
    }

    private static QueuedRun Run(NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        var entry = new QueueEntry(
            id, row.GetString(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3), RunQueueRows.Split(row.GetString(4)), row.GetString(5), row.IsDBNull(6) ? null : row.GetInt32(6));
        return new QueuedRun(entry, row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : new RunClaim(id, row.GetString(8), row.GetInt64(9)), row.GetBoolean(10));
    }
}
