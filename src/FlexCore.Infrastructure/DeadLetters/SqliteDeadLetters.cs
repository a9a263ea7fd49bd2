using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using Microsoft.Data.Sqlite;

namespace FlexCore.Infrastructure.DeadLetters;

/// <summary>
/// Dead letters in a file of their own beside the event log: they hold other people's data, which must be removable. The file
/// is made with the first letter. Each call has a connection of its own, and several processes may share the file.
/// </summary>
internal sealed class SqliteDeadLetters(string path) : IDeadLetters
{
    // Whoever fails closes the connection, which rolls back. A SqliteTransaction would roll back itself, and hide a full disk behind "no transaction is active".
    private const string Begin = "BEGIN IMMEDIATE";

    private const string Schema =
        """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS schemas (hash TEXT PRIMARY KEY, message BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS dead_letters (
            place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, pipeline TEXT NOT NULL, step TEXT NOT NULL, run_id TEXT NOT NULL, attempt INTEGER NOT NULL,
            plugin TEXT NOT NULL, stage INTEGER NOT NULL, stream TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL, schema_path TEXT,
            raw BLOB NOT NULL, length INTEGER NOT NULL, is_masked INTEGER NOT NULL, schema_hash TEXT REFERENCES schemas, status TEXT NOT NULL, replayed_by TEXT);
        CREATE INDEX IF NOT EXISTS dead_letters_by_step ON dead_letters (pipeline, step, place);
        """;

    private const string Columns =
        "id, at, pipeline, step, run_id, attempt, plugin, stage, stream, reason, message, schema_path, length, is_masked, status, replayed_by, length(raw)";

    public ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) => new(UseAsync(
        async connection =>
        {
            await ExecuteAsync(connection, Schema, cancellationToken);
            await ExecuteAsync(connection, Begin, cancellationToken);
            foreach (var letter in letters)
            {
                var hash = letter.Schema is { } schema ? Convert.ToHexStringLower(SHA256.HashData(schema.Span)) : null;
                if (hash is not null)
                    await ExecuteAsync(connection, "INSERT OR IGNORE INTO schemas VALUES ($hash, $message)", cancellationToken, ("$hash", hash), ("$message", letter.Schema!.Value.ToArray()));
                await ExecuteAsync(
                    connection,
                    """
                    INSERT INTO dead_letters VALUES (NULL, $id, $at, $pipeline, $step, $run, $attempt, $plugin, $stage, $stream, $reason, $message, $schemaPath,
                        $raw, $length, $isMasked, $hash, $status, NULL)
                    """,
                    cancellationToken,
                    ("$id", letter.Id.ToString()), ("$at", letter.At.ToUnixTimeMilliseconds()), ("$pipeline", letter.Pipeline), ("$step", letter.Step),
                    ("$run", letter.RunId.ToString()), ("$attempt", letter.Attempt), ("$plugin", letter.Plugin), ("$stage", letter.Stage), ("$stream", letter.Stream),
                    ("$reason", letter.Reason.ToString()), ("$message", letter.Message), ("$schemaPath", letter.SchemaPath), ("$raw", letter.Raw.ToArray()),
                    ("$length", letter.Length), ("$isMasked", letter.IsMasked), ("$hash", hash), ("$status", letter.Status.ToString()));
            }

            await ExecuteAsync(connection, "COMMIT", cancellationToken);
            return letters.Count;
        },
        cancellationToken));

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken)
    {
        var where = new StringBuilder("place > coalesce((SELECT place FROM dead_letters WHERE id = $after), 0)");
        var parameters = new List<(string, object?)> { ("$after", query.After?.ToString() ?? ""), ("$limit", query.Limit) };
        Add("pipeline", query.Pipeline);
        Add("step", query.Step);
        Add("run_id", query.RunId?.ToString());
        Add("stream", query.Stream);
        Add("reason", query.Reason?.ToString());
        Add("status", query.Status?.ToString());
        if (query.Scope is { } scope)
        {
            var (condition, values) = ScopeStatements.Within(scope);
            where.Append(CultureInfo.InvariantCulture, $" AND {condition}");
            parameters.AddRange(values.Select(value => (value.Name, (object?)value.Value)));
        }

        return ReadAsync($"SELECT {Columns} FROM dead_letters WHERE {where} ORDER BY place LIMIT $limit", [.. parameters], cancellationToken);

        void Add(string column, string? value)
        {
            if (value is null) return;
            where.Append(CultureInfo.InvariantCulture, $" AND {column} = ${column}");
            parameters.Add(($"${column}", value));
        }
    }

    public async ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {Columns}, raw, (SELECT schemas.message FROM schemas WHERE hash = schema_hash) FROM dead_letters WHERE id = $id";
        return await ReadAsync(sql, [("$id", id.ToString())], cancellationToken) is [var letter] ? letter : null;
    }

    public async ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return 0;
        return await UseAsync(
            async connection =>
            {
                if (!await HasTablesAsync(connection, cancellationToken)) return 0;
                await ExecuteAsync(connection, Begin, cancellationToken);
                var ended = 0;
                foreach (var id in ids)
                {
                    ended += await ExecuteAsync(
                        connection,
                        """
                        UPDATE dead_letters SET status = $status, replayed_by = coalesce($by, replayed_by), raw = CASE WHEN $status = 'Discarded' THEN x'' ELSE raw END
                        WHERE id = $id AND (status = 'Open' OR (status = 'Replayed' AND $status = 'Discarded'))
                        """,
                        cancellationToken,
                        ("$status", status.ToString()), ("$by", replayedBy?.ToString()), ("$id", id.ToString()));
                }

                await ExecuteAsync(connection, "COMMIT", cancellationToken);

                // What was overwritten also stands in the write-ahead log until that is emptied.
                if (status == DeadLetterStatus.Discarded) await ExecuteAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken);
                return ended;
            },
            cancellationToken);
    }

    private async ValueTask<IReadOnlyList<DeadLetter>> ReadAsync(string sql, IReadOnlyList<(string, object?)> parameters, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return [];
        return await UseAsync(
            async connection =>
            {
                var letters = new List<DeadLetter>();
                if (!await HasTablesAsync(connection, cancellationToken)) return letters;
                await using var command = connection.Command(sql, parameters);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken)) letters.Add(Read(reader));
                return letters;
            },
            cancellationToken);
    }

    private static DeadLetter Read(SqliteDataReader reader)
    {
        const int Raw = 17;
        return new DeadLetter
        {
            Id = Guid.Parse(reader.GetString(0)),
            At = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
            Pipeline = reader.GetString(2),
            Step = reader.GetString(3),
            RunId = Guid.Parse(reader.GetString(4)),
            Attempt = reader.GetInt32(5),
            Plugin = reader.GetString(6),
            Stage = reader.GetInt32(7),
            Stream = reader.GetString(8),
            Reason = Enum.Parse<DeadLetterReason>(reader.GetString(9)),
            Message = reader.GetString(10),
            SchemaPath = reader.IsDBNull(11) ? null : reader.GetString(11),
            Length = reader.GetInt64(12),
            IsMasked = reader.GetBoolean(13),
            Status = Enum.Parse<DeadLetterStatus>(reader.GetString(14)),
            ReplayedBy = reader.IsDBNull(15) ? null : Guid.Parse(reader.GetString(15)),
            KeptLength = reader.GetInt64(16),
            Raw = reader.FieldCount > Raw ? reader.GetFieldValue<byte[]>(Raw) : default,

            // Without its type a null here would become an empty message.
            Schema = reader.FieldCount > Raw && !reader.IsDBNull(Raw + 1) ? reader.GetFieldValue<byte[]>(Raw + 1) : default(ReadOnlyMemory<byte>?),
        };
    }

    private async Task<T> UseAsync<T>(Func<SqliteConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            SqliteFile.EnsureExists(path, DataDirectory.OwnerReadsAndWrites);
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(connection, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON", cancellationToken);
            return await work(connection);
        }
        catch (SqliteException e)
        {
            throw new FlexCoreException(new Error(e.Code(), $"the dead letters in {path} cannot be read or written: {e.Message}"), e);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    /// <summary>Whoever made the file may have been killed, or found the disk full, before its tables were made.</summary>
    private static async Task<bool> HasTablesAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command("SELECT count(*) FROM sqlite_master WHERE name IN ('schemas', 'dead_letters')");
        return await command.ExecuteScalarAsync(cancellationToken) is 2L;
    }

    private static async Task<int> ExecuteAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken, params (string, object?)[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
