using FlexCore.Application.Ports;
using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Which runs a claim takes: the function <c>run_queue_claim</c> of the PostgreSQL queue, in the words of SQLite. Used in a transaction, while nobody else writes.</summary>
internal sealed class SqliteRunClaims(SqliteConnection connection, long now)
{
    private const int MaxKeys = 64;
    private const int MaxDue = 100;
    private const string Ready = "node IS NULL AND not_before IS NULL";
    private const string HeadColumns = "run_id, key, key_limit, turn, place";

    /// <summary>The turn of a run that begins to wait; the arguments are its values in the statement.</summary>
    public static string Turn(string priority, string labels, string key) =>
        $"""
        max(coalesce((SELECT turn FROM run_queue WHERE {Ready} AND priority = {priority} AND labels = {labels} ORDER BY turn, place LIMIT 1), 0),
            coalesce((SELECT turn + 1 FROM run_queue WHERE {Ready} AND priority = {priority} AND labels = {labels} AND key = {key} ORDER BY turn DESC, place DESC LIMIT 1), 0))
        """;

    /// <summary>The labels of a node; null when it is being drained.</summary>
    public string[]? LabelsOf(string node) =>
        connection.Read("SELECT labels, is_draining FROM run_nodes WHERE id = $id", row => row.GetBoolean(1) ? null : RunQueueRows.Split(row.GetString(0)), ("$id", node))[0];

    public TimeSpan? NextDueIn() =>
        connection.Read("SELECT min(not_before) FROM run_queue WHERE node IS NULL AND not_before IS NOT NULL", row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0))[0] is { } due
            ? TimeSpan.FromMicroseconds(long.Max(due - now, 0))
            : null;

    public List<RunClaim> Take(string node, string[]? labels, int capacity, string afterKey, out string lastKey)
    {
        lastKey = afterKey;
        var claims = new List<RunClaim>();
        if (labels is null) return claims;
        Promote();
        long? priority = long.MaxValue;
        while (claims.Count < capacity && (priority = NextPriority(priority.Value)) is { } current)
        {
            foreach (var run in Choose(current, labels, capacity - claims.Count, afterKey, ref lastKey))
            {
                var epoch = connection.Read("UPDATE run_queue SET node = $node, epoch = epoch + 1 WHERE run_id = $run RETURNING epoch", row => row.GetInt64(0), ("$node", node), ("$run", run))[0];
                claims.Add(new RunClaim(Guid.Parse(run), node, epoch));
            }
        }

        return claims;
    }

    /// <summary>Lets those wait for a node whose time has come.</summary>
    private void Promote()
    {
        var due = connection.Read(
            "SELECT run_id FROM run_queue WHERE node IS NULL AND not_before IS NOT NULL AND not_before <= $now ORDER BY not_before LIMIT $max", row => row.GetString(0), ("$now", now), ("$max", MaxDue));
        foreach (var run in due)
        {
            var (priority, labels, key) = connection.Read("SELECT priority, labels, key FROM run_queue WHERE run_id = $run", row => (row.GetInt64(0), row.GetString(1), row.GetString(2)), ("$run", run))[0];
            connection.Execute(
                $"UPDATE run_queue SET not_before = NULL, turn = {Turn("$priority", "$labels", "$key")} WHERE run_id = $run", ("$run", run), ("$priority", priority), ("$labels", labels), ("$key", key));
        }
    }

    private long? NextPriority(long below) =>
        connection.Read($"SELECT priority FROM run_queue WHERE {Ready} AND priority < $below ORDER BY priority DESC LIMIT 1", row => row.GetInt64(0), ("$below", below)) is [var next] ? next : null;

    private List<string> Choose(long priority, string[] labels, int count, string afterKey, ref string lastKey)
    {
        var sets = Sets(priority).Where(set => RunQueueRows.Split(set).All(label => labels.Contains(label, StringComparer.Ordinal))).ToList();
        var window = (2 * count) + 10;
        var heads = sets.SelectMany(set => Heads("AND labels = $labels", window, priority, ("$labels", set))).ToList();
        var chosen = Choose(heads, count);
        if (chosen.Count >= count || heads.Count < window) return chosen;

        // Those in front are of keys at their limits: from key to key.
        foreach (var set in sets)
        {
            foreach (var key in Keys(priority, set, afterKey).Take(MaxKeys))
            {
                lastKey = key;
                heads.AddRange(Heads("AND labels = $labels AND key = $key", count, priority, ("$labels", set), ("$key", key)));
            }
        }

        return Choose(heads, count);
    }

    /// <summary>The best first: keys with few runs at nodes before others, as the limits allow.</summary>
    private List<string> Choose(List<Head> heads, int count) =>
        [.. heads.DistinctBy(head => head.RunId).GroupBy(head => head.Key)
            .SelectMany(ofKey =>
            {
                var running = Running(ofKey.Key);
                return ofKey.OrderBy(head => head.Turn).ThenBy(head => head.Place).Select((head, i) => (Head: head, Share: running + i + 1));
            })
            .Where(one => one.Head.Limit is not { } limit || one.Share <= limit)
            .OrderBy(one => one.Share).ThenBy(one => one.Head.Turn).ThenBy(one => one.Head.Place)
            .Take(count)
            .Select(one => one.Head.RunId)];

    private IEnumerable<string> Sets(long priority)
    {
        var set = "";
        while (Next($"SELECT labels FROM run_queue WHERE {Ready} AND priority = $priority AND labels > $after ORDER BY labels LIMIT 1", ("$priority", priority), ("$after", set)) is { } next) yield return set = next;
    }

    /// <summary>The keys that are not at their limit, from the one behind a key on and round to it.</summary>
    private IEnumerable<string> Keys(long priority, string set, string afterKey)
    {
        var (key, isWrapped) = (afterKey, false);
        while (true)
        {
            var found = connection.Read(
                $"SELECT key, key_limit FROM run_queue WHERE {Ready} AND priority = $priority AND labels = $labels AND key > $after ORDER BY key LIMIT 1",
                row => (Key: row.GetString(0), Limit: row.IsDBNull(1) ? (long?)null : row.GetInt64(1)), ("$priority", priority), ("$labels", set), ("$after", key));
            if (found.Count == 0)
            {
                if (isWrapped) yield break;
                (key, isWrapped) = ("", true);
                continue;
            }

            key = found[0].Key;
            if (isWrapped && string.CompareOrdinal(key, afterKey) > 0) yield break;
            if (found[0].Limit is not { } limit || Running(key) < limit) yield return key;
        }
    }

    private List<Head> Heads(string where, int limit, long priority, params (string Name, object? Value)[] parameters) => connection.Read(
        $"SELECT {HeadColumns} FROM run_queue WHERE {Ready} AND priority = $priority {where} ORDER BY turn, place LIMIT $limit",
        row => new Head(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
        [.. parameters, ("$priority", priority), ("$limit", limit)]);

    private long Running(string key) => connection.Read("SELECT count(*) FROM run_queue WHERE key = $key AND node IS NOT NULL", row => row.GetInt64(0), ("$key", key))[0];

    private string? Next(string sql, params (string Name, object? Value)[] parameters) => connection.Read(sql, row => row.GetString(0), parameters) is [var next] ? next : null;

    private sealed record Head(string RunId, string Key, long? Limit, long Turn, long Place);
}
