using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;
using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>The queue in the log's file: the same rules as on PostgreSQL, for the processes of one machine.</summary>
internal sealed class SqliteRunQueue : IStoredRunQueue
{
    private const string Columns = "run_id, pipeline, priority, CASE WHEN not_before > $now THEN not_before END, labels, key, key_limit, enqueued_at, node, epoch, is_asked_to_stop";

    private readonly IEventStore _store;
    private readonly TimeProvider _time;
    private readonly RunQueueSchema _schema;
    private readonly QueueSignal _signal;
    private readonly SqliteQueueSignal _signalFile;
    private string _afterKey = "";

    public SqliteRunQueue(IEventStore store, string signalFile, TimeSpan lease, TimeProvider time)
    {
        (_store, Lease, _time) = (store, lease, time);
        _schema = new RunQueueSchema(store, "Sqlite", "BEGIN IMMEDIATE");
        _signal = new QueueSignal(time);
        _signalFile = new SqliteQueueSignal(signalFile, _signal);
    }

    public TimeSpan Lease { get; }

    private long Now => Microseconds(_time.GetUtcNow());

    public async ValueTask<TableChange> TranslateAsync(QueueChange change, CancellationToken cancellationToken)
    {
        await _schema.EnsureAsync(cancellationToken);
        return change switch
        {
            QueueChange.Enqueue { Entry: var entry } => new(
                $"""
                INSERT INTO run_queue (run_id, pipeline, priority, not_before, labels, key, key_limit, enqueued_at, turn)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CASE WHEN ?4 IS NULL THEN {SqliteRunClaims.Turn("?3", "?5", "?6")} ELSE 0 END
                """,
                [
                    entry.RunId.ToString(), entry.Pipeline, entry.Priority, entry.NotBefore > _time.GetUtcNow() ? Microseconds(entry.NotBefore.Value) : null,
                    RunQueueRows.Join(entry.Labels), entry.Key, entry.Limit, Now,
                ]),
            QueueChange.Hold { Claim: var claim } => new(
                "SELECT 1 FROM run_queue WHERE run_id = ?1 AND node = ?2 AND epoch = ?3", [claim.RunId.ToString(), claim.Node, claim.Epoch], MustMatch: true),
            QueueChange.Finish { Claim: var claim } => new(
                "DELETE FROM run_queue WHERE run_id = ?1 AND node = ?2 AND epoch = ?3 RETURNING run_id", [claim.RunId.ToString(), claim.Node, claim.Epoch], MustMatch: true),
            QueueChange.Withdraw { RunId: var run } => new("DELETE FROM run_queue WHERE run_id = ?1 AND node IS NULL RETURNING run_id", [run.ToString()], MustMatch: true),
            QueueChange.AskToStop { RunId: var run } => new("UPDATE run_queue SET is_asked_to_stop = 1 WHERE run_id = ?1", [run.ToString()]),
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }

    public void Raise(QueueChange change)
    {
        if (change is not (QueueChange.Hold or QueueChange.Withdraw)) Raise();
    }

    public async ValueTask RegisterAsync(NodeRecord node, CancellationToken cancellationToken) => await WriteAsync(
        connection => connection.Execute(
            """
            INSERT OR REPLACE INTO run_nodes (id, name, slots, labels, version, started_at, expires_at, address) VALUES ($id, $name, $slots, $labels, $version, $started, $expires, $address)
            """,
            ("$id", node.Id), ("$name", node.Name), ("$slots", node.Slots), ("$labels", RunQueueRows.Join(node.Labels)), ("$version", node.Version),
            ("$started", Microseconds(node.StartedAt)), ("$expires", Now + Microseconds(Lease)), ("$address", node.Address)),
        cancellationToken);

    public async ValueTask<Claimed> ClaimAsync(string node, int capacity, CancellationToken cancellationToken)
    {
        var (claimed, afterKey, hasReleased) = await WriteAsync(
            connection =>
            {
                Renew(connection, node);
                var released = ReleaseLost(connection);
                var claims = new SqliteRunClaims(connection, Now);
                var labels = claims.LabelsOf(node);
                var taken = claims.Take(node, labels, capacity, _afterKey, out var last);
                return (new Claimed(taken, claims.NextDueIn()), last, released);
            },
            cancellationToken);
        _afterKey = afterKey;
        if (hasReleased) Raise();
        return claimed;
    }

    public async ValueTask<IReadOnlyList<OwnedRun>> RenewAsync(string node, CancellationToken cancellationToken)
    {
        var (runs, hasReleased) = await WriteAsync(
            connection =>
            {
                Renew(connection, node);
                var released = ReleaseLost(connection);
                var owned = connection.Read(
                    "SELECT run_id, epoch, is_asked_to_stop FROM run_queue WHERE node = $id", row => new OwnedRun(new RunClaim(Guid.Parse(row.GetString(0)), node, row.GetInt64(1)), row.GetBoolean(2)), ("$id", node));
                return (owned, released);
            },
            cancellationToken);
        if (hasReleased) Raise();
        return runs;
    }

    public async ValueTask GiveBackAsync(IReadOnlyList<RunClaim> claims, TimeSpan? pause, CancellationToken cancellationToken)
    {
        await WriteAsync(
            connection => claims.Sum(claim => connection.Execute(
                "UPDATE run_queue SET node = NULL, not_before = $due WHERE run_id = $run AND node = $node AND epoch = $epoch",
                ("$due", pause is { } time ? Now + Microseconds(time) : null), ("$run", claim.RunId.ToString()), ("$node", claim.Node), ("$epoch", claim.Epoch))),
            cancellationToken);
        Raise();
    }

    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        _signalFile.Listen();
        await _signal.WaitAsync(atMost, cancellationToken);
    }

    public ValueTask<long> CountWaitingAsync(CancellationToken cancellationToken) =>
        UseAsync(connection => connection.Read("SELECT count(*) FROM run_queue WHERE node IS NULL", row => row.GetInt64(0))[0], cancellationToken);

    public async ValueTask<long> CountTakeableAsync(IReadOnlyList<string> labels, CancellationToken cancellationToken) => RunQueueRows.CountTakeable(
        await UseAsync(
            connection => connection.Read(
                """
                SELECT labels, key, min(key_limit), count(*), (SELECT count(*) FROM run_queue AS taken WHERE taken.key = waiting.key AND node IS NOT NULL)
                FROM run_queue AS waiting WHERE node IS NULL AND (not_before IS NULL OR not_before <= $now) GROUP BY labels, key
                """,
                row => new WaitingRuns(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
                ("$now", Now)),
            cancellationToken),
        labels);

    public ValueTask<IReadOnlyList<QueuedRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellationToken) => UseAsync<IReadOnlyList<QueuedRun>>(
        connection => connection.Read(
            $"SELECT {Columns} FROM run_queue WHERE $pipeline IS NULL OR pipeline = $pipeline ORDER BY place LIMIT $limit", Run, ("$pipeline", pipeline), ("$limit", limit), ("$now", Now)),
        cancellationToken);

    public ValueTask<WaitReason?> ExplainAsync(Guid runId, CancellationToken cancellationToken) => UseAsync(
        connection =>
        {
            if (connection.Read($"SELECT {Columns} FROM run_queue WHERE run_id = $run", Run, ("$run", runId.ToString()), ("$now", Now)) is not [var run]) return null;
            var ofItsKey = connection.Read("SELECT run_id FROM run_queue WHERE key = $key AND node IS NOT NULL ORDER BY run_id", row => Guid.Parse(row.GetString(0)), ("$key", run.Entry.Key));
            return RunQueueRows.Explain(run, ofItsKey, Nodes(connection));
        },
        cancellationToken);

    public ValueTask<Guid?> FindUnderWayAsync(string pipeline, CancellationToken cancellationToken) => UseAsync<Guid?>(
        connection => connection.Read(
            "SELECT run_id FROM run_queue q JOIN run_nodes n ON n.id = q.node WHERE q.node IS NOT NULL AND pipeline = $pipeline AND NOT is_lost AND expires_at > $now LIMIT 1",
            row => Guid.Parse(row.GetString(0)),
            ("$pipeline", pipeline), ("$now", Now)) is [var run] ? run : null,
        cancellationToken);

    public ValueTask<bool> DrainAsync(string node, CancellationToken cancellationToken) =>
        WriteAsync(connection => connection.Execute("UPDATE run_nodes SET is_draining = 1 WHERE id = $id", ("$id", node)) > 0, cancellationToken);

    public async ValueTask LeaveAsync(string node, CancellationToken cancellationToken)
    {
        await WriteAsync(
            connection =>
            {
                connection.Execute("UPDATE run_queue SET node = NULL WHERE node = $id", ("$id", node));
                return connection.Execute(
                    "DELETE FROM run_nodes WHERE id = $id OR (is_lost AND expires_at < $yesterday)", ("$id", node), ("$yesterday", Now - Microseconds(TimeSpan.FromDays(1))));
            },
            cancellationToken);
        Raise();
    }

    public ValueTask<IReadOnlyList<NodeStatus>> ListNodesAsync(CancellationToken cancellationToken) => UseAsync<IReadOnlyList<NodeStatus>>(Nodes, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _signalFile.Dispose();
        _schema.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Raise() => _signalFile.Raise();

    private void Renew(SqliteConnection connection, string node)
    {
        var isKnown = connection.Execute("UPDATE run_nodes SET expires_at = $expires WHERE id = $id AND NOT is_lost", ("$id", node), ("$expires", Now + Microseconds(Lease))) > 0;
        if (!isKnown) throw RunQueueRows.NodeLost(node);
    }

    /// <summary>Takes their runs from nodes that were not heard of.</summary>
    private bool ReleaseLost(SqliteConnection connection)
    {
        var lost = connection.Read("SELECT id FROM run_nodes WHERE NOT is_lost AND expires_at <= $now", row => row.GetString(0), ("$now", Now));
        foreach (var node in lost)
        {
            connection.Execute("UPDATE run_queue SET node = NULL WHERE node = $id", ("$id", node));
            connection.Execute("UPDATE run_nodes SET is_lost = 1 WHERE id = $id", ("$id", node));
        }

        return lost.Count > 0;
    }

    private List<NodeStatus> Nodes(SqliteConnection connection) => connection.Read(
        """
        SELECT id, name, slots, labels, version, started_at, NOT is_lost AND expires_at > $now, is_draining, (SELECT count(*) FROM run_queue WHERE node = n.id), address FROM run_nodes n ORDER BY name, id
        """,
        row => new NodeStatus(
            new NodeRecord(row.GetString(0), row.GetString(1), row.GetInt32(2), RunQueueRows.Split(row.GetString(3)), row.GetString(4), Time(row.GetInt64(5)), row.IsDBNull(9) ? null : row.GetString(9)), row.GetBoolean(6), row.GetBoolean(7), row.GetInt32(8)),
        ("$now", Now));

    private static QueuedRun Run(SqliteDataReader row)
    {
        var id = Guid.Parse(row.GetString(0));
        var entry = new QueueEntry(
            id, row.GetString(1), row.GetInt32(2), row.IsDBNull(3) ? null : Time(row.GetInt64(3)), RunQueueRows.Split(row.GetString(4)), row.GetString(5), row.IsDBNull(6) ? null : row.GetInt32(6));
        return new QueuedRun(entry, Time(row.GetInt64(7)), row.IsDBNull(8) ? null : new RunClaim(id, row.GetString(8), row.GetInt64(9)), row.GetBoolean(10));
    }

    private static long Microseconds(DateTimeOffset time) => Microseconds(time - DateTimeOffset.UnixEpoch);

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>Does some work in a transaction, while nobody else writes.</summary>
    private ValueTask<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken) => UseAsync(
        connection =>
        {
            connection.Execute("BEGIN IMMEDIATE");
            try
            {
                var result = work(connection);
                connection.Execute("COMMIT");
                return result;
            }
            catch
            {
                // After some failures, a full disk among them, SQLite has rolled back already.
                if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) connection.Execute("ROLLBACK");
                throw;
            }
        },
        cancellationToken);

    private async ValueTask<T> UseAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        await _schema.EnsureAsync(cancellationToken);
        return await EventLog.Translate(() => _store.UseTablesAsync((connection, _) => new ValueTask<T>(work((SqliteConnection)connection)), cancellationToken));
    }
}
