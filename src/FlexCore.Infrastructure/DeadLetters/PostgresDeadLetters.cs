using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.DeadLetters;
using FlexCore.Infrastructure.Coordination;
using Npgsql;

namespace FlexCore.Infrastructure.DeadLetters;

/// <summary>Dead letters in tables beside the event log, the same ones for all nodes: they hold other people's data, which must be removable.</summary>
internal sealed class PostgresDeadLetters(PostgresTables tables) : IDeadLetters
{
    private const string Columns = "id, at, pipeline, step, run_id, attempt, plugin, stage, stream, reason, message, schema_path, length, is_masked, status, replayed_by, length(raw)::bigint";

    public async ValueTask AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        var hashes = letters.Select(letter => letter.Schema is { } schema ? Convert.ToHexStringLower(SHA256.HashData(schema.Span)) : null).ToArray();
        var schemas = letters.Zip(hashes).Where(pair => pair.Second is not null).DistinctBy(pair => pair.Second).ToList();
        await tables.ExecuteAsync(
            """
            WITH kept AS (INSERT INTO dead_letter_schemas SELECT * FROM unnest($1, $2) AS schema (hash, message) ORDER BY hash ON CONFLICT DO NOTHING)
            INSERT INTO dead_letters (id, at, pipeline, step, run_id, attempt, plugin, stage, stream, reason, message, schema_path, length, is_masked, status, schema_hash, raw)
            SELECT id, at, pipeline, step, run_id, attempt, plugin, stage, stream, reason, message, schema_path, length, is_masked, status, schema_hash, raw
            FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) WITH ORDINALITY
                AS letter (id, at, pipeline, step, run_id, attempt, plugin, stage, stream, reason, message, schema_path, length, is_masked, status, schema_hash, raw, number)
            ORDER BY number
            """,
            cancellationToken,
            schemas.Select(pair => pair.Second!).ToArray(), schemas.Select(pair => pair.First.Schema!.Value.ToArray()).ToArray(),
            All(letter => letter.Id), All(letter => letter.At.UtcDateTime), All(letter => letter.Pipeline), All(letter => letter.Step), All(letter => letter.RunId), All(letter => letter.Attempt),
            All(letter => letter.Plugin), All(letter => letter.Stage), All(letter => Text(letter.Stream)), All(letter => letter.Reason.ToString()), All(letter => Text(letter.Message)),
            All(letter => letter.SchemaPath is { } path ? Text(path) : null), All(letter => letter.Length), All(letter => letter.IsMasked), All(letter => letter.Status.ToString()), hashes,
            All(letter => letter.Raw.ToArray()));

        T[] All<T>(Func<DeadLetter, T> member) => [.. letters.Select(member)];
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken)
    {
        var parameters = new List<object?> { query.Limit };
        var where = new List<string> { "TRUE" };
        if (query.After is { } after) Add("place > coalesce((SELECT place FROM dead_letters WHERE id = {0}), 0)", after);
        if (query.Pipeline is { } pipeline) Add("pipeline = {0}", pipeline);
        if (query.Step is { } step) Add("step = {0}", step);
        if (query.RunId is { } run) Add("run_id = {0}", run);
        if (query.Stream is { } stream) Add("stream = {0}", Text(stream));
        if (query.Reason is { } reason) Add("reason = {0}", reason.ToString());
        if (query.Status is { } status) Add("status = {0}", status.ToString());
        if (query.Scope is { } scope) Add("pipeline LIKE ANY ({0})", scope.Patterns.Select(ScopeStatements.Like).ToArray());
        return tables.ReadAsync($"SELECT {Columns} FROM dead_letters WHERE {string.Join(" AND ", where)} ORDER BY place LIMIT $1", Read, cancellationToken, [.. parameters]);

        void Add(string condition, object value)
        {
            parameters.Add(value);
            where.Add(condition.Replace("{0}", $"${parameters.Count}", StringComparison.Ordinal));
        }
    }

    public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => tables.FindAsync(
        $"SELECT {Columns}, raw, (SELECT schema.message FROM dead_letter_schemas schema WHERE hash = schema_hash) FROM dead_letters WHERE id = $1", Read, cancellationToken, id);

    public async ValueTask<int> EndAsync(IReadOnlyList<Guid> ids, DeadLetterStatus status, Guid? replayedBy, CancellationToken cancellationToken) => await tables.ExecuteAsync(
        """
        UPDATE dead_letters SET status = $2, replayed_by = coalesce($3, replayed_by), raw = CASE WHEN $2 = 'Discarded' THEN ''::bytea ELSE raw END
        WHERE id = ANY ($1) AND (status = 'Open' OR (status = 'Replayed' AND $2 = 'Discarded'))
        """,
        cancellationToken, ids.ToArray(), status.ToString(), replayedBy);

    // PostgreSQL keeps neither NUL nor half a character in text, and the names of a schema may have both.
    private static string Text(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    private static DeadLetter Read(NpgsqlDataReader reader)
    {
        const int Raw = 17;
        return new DeadLetter
        {
            Id = reader.GetGuid(0),
            At = new DateTimeOffset(reader.GetDateTime(1)),
            Pipeline = reader.GetString(2),
            Step = reader.GetString(3),
            RunId = reader.GetGuid(4),
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
            ReplayedBy = reader.IsDBNull(15) ? null : reader.GetGuid(15),
            KeptLength = reader.GetInt64(16),
            Raw = reader.FieldCount > Raw ? reader.GetFieldValue<byte[]>(Raw) : default,
            Schema = reader.FieldCount > Raw && !reader.IsDBNull(Raw + 1) ? reader.GetFieldValue<byte[]>(Raw + 1) : default(ReadOnlyMemory<byte>?),
        };
    }
}
